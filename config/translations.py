"""Which texts of code and templates are marked for translation, and what a catalogue lacks of them.

The texts are written in Chinese; a catalogue translates them. Works without the gettext tools.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.catalog import TranslationError
from babel.messages.checkers import checkers
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

# How many of the literal arguments are context and texts: (context, texts).
FUNCTIONS = {"_": (0, 1), "gettext": (0, 1), "ngettext": (0, 2), "pgettext": (1, 1), "npgettext": (1, 2)}
LITERAL = r"u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\""
# What Django's templatize makes of a template: everything blanked out except such calls.
TEMPLATE_CALL = re.compile(rf"\b(_|n?p?gettext)\(\s*((?:{LITERAL})(?:\s*,\s*(?:{LITERAL}))*)\s*(?:,\s*count\s*)?\)")


@dataclass(frozen=True)
class Text:
    """A marked text: its context if any, its singular and perhaps its plural, and where it stands."""

    context: str | None
    forms: tuple[str, ...]
    place: tuple[str, int]

    @property
    def id(self) -> str | tuple[str, ...]:
        return self.forms if len(self.forms) > 1 else self.forms[0]


def marked_texts() -> list[Text]:
    """All of our own, in the order of files and lines."""
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    files = [file for folder in ours for file in folder.rglob("*.py") if "migrations" not in file.parts]
    files += (settings.BASE_DIR / "templates").rglob("*.*")
    texts = [text for file in sorted(files) for text in texts_of(file)]
    return [text for text in texts if text.forms[0]]


def texts_of(file: Path) -> Iterator[Text]:
    source = file.read_text(encoding="utf-8")
    name = file.relative_to(settings.BASE_DIR).as_posix()
    calls = python_calls(source) if file.suffix == ".py" else template_calls(source, name)
    for function, arguments, line in calls:
        contexts, forms = FUNCTIONS[function]
        if len(arguments) >= contexts + forms:
            yield Text(arguments[0] if contexts else None, arguments[contexts : contexts + forms], (name, line))


def python_calls(source: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            function = function.removesuffix("_lazy").removesuffix("_noop")
            values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if function in FUNCTIONS:
                yield function, tuple(value for value in values if isinstance(value, str)), node.lineno


def template_calls(source: str, name: str) -> Iterator[tuple[str, tuple[str, ...], int]]:
    code = templatize(source, origin=name)
    for call in TEMPLATE_CALL.finditer(code):
        yield call[1], ast.literal_eval(f"({call[2]},)"), code.count("\n", 0, call.start()) + 1


def faults(catalog: Catalog, texts: list[Text]) -> list[str]:
    """One line for each text without a good translation, and for each translation without its text."""
    found = []
    for text in {(text.context, text.id): text for text in texts}.values():
        where = f"{text.place[0]}:{text.place[1]}"
        message = catalog.get(text.id, context=text.context)
        if message is None:
            found.append(f"{where}: not in the catalogue: {text.forms[0]!r}")
        elif message.fuzzy:
            found.append(f"{where}: fuzzy: {text.forms[0]!r}")
        elif not (all(message.string) if isinstance(message.string, tuple | list) else message.string):
            found.append(f"{where}: not translated: {text.forms[0]!r}")
        else:
            found += [f"{where}: {error}: {text.forms[0]!r}" for error in _format_errors(catalog, message)]
    used = {(text.context, text.id) for text in texts}
    kept = [message for message in catalog if message.id and (message.context, message.id) not in used]
    found += [f"no longer in the code: {message.id!r}" for message in kept]
    return found + [f"obsolete: {identity!r}" for identity in catalog.obsolete]


def _format_errors(catalog: Catalog, message: Message) -> list[str]:
    """Placeholders that differ between the text and its translation."""
    message.flags |= {"python-format"} if message.python_format else set()
    errors = []
    for check in checkers:
        try:
            check(catalog, message)
        except TranslationError as error:
            errors.append(str(error))
    return errors


def read_catalog(path: Path, language: str) -> Catalog:
    """An empty one where the file does not exist yet."""
    if not path.exists():
        return Catalog(language, project="Liandian", header_comment=f"# Liandian: {language}", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update_catalog(path: Path, language: str, texts: list[Text]) -> None:
    """Adds what is new without a translation and drops what is gone; keeps every translation."""
    catalog = read_catalog(path, language)
    template = Catalog(project="Liandian", fuzzy=False)
    for text in texts:
        template.add(text.id, locations=[text.place], context=text.context)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_by_file=True, include_lineno=False, omit_header=False)
