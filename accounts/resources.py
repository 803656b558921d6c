"""What every sheet of the register has in common, and the sheet of units (django-import-export)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from tablib import Dataset

from accounts.columns import Cell, Choice, Code, Directory, Reference, Words, column, key_of, text_in, text_like
from accounts.models import Unit, UnitKind, User
from accounts.services import save_unit


@dataclass(frozen=True)
class Line:
    """A row of a sheet. `number` is the row in the file, `headers` what a column is called there if not by its name."""

    number: int
    cells: dict[str, Cell]
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        return self.headers.get(name, name)

    def text(self, name: str) -> str:
        return readable(self.cells.get(name))


def readable(cell: Cell | None) -> str:
    """The cell as text, empty where it cannot be read: what is wrong with it is said when its column is read."""
    try:
        return text_in(cell)
    except ValueError:
        return ""


class ByKey(BaseInstanceLoader):  # type: ignore[misc] # import-export is untyped
    """The rows that a dataset names by the resource's key, in one statement."""

    def __init__(self, resource: "SheetResource", dataset: Dataset) -> None:
        super().__init__(resource, dataset)
        keys = {readable(cell) for cell in dataset[resource.key]}
        attribute = resource.key_attribute
        rows = resource.get_queryset().filter(**{f"{attribute}__in": keys})
        self.found = {str(getattr(row, attribute)): row for row in rows}

    def get_instance(self, row: Mapping[str, Cell]) -> Any:
        return self.found.get(readable(row[self.resource.key]))


class SheetResource(ModelResource):  # type: ignore[misc] # import-export is untyped
    """One kind of sheet: declare its columns with `column(header, attribute, widget)`.

    A row whose key exists changes what the file has columns for; an unchanged row is left alone; a key that stands in
    the file twice is refused. `import_data` wants `lines=`, the Lines of the dataset's rows in the same order.
    """

    title: ClassVar[str | Promise]
    key: ClassVar[str]
    required: ClassVar[tuple[str, ...]]
    aliases: ClassVar[dict[str, str]] = {}

    class Meta:
        instance_loader_class = ByKey
        skip_unchanged = True
        skip_html_diff = True
        store_instance = True
        use_transactions = False

    def __init__(self, actor: User | None = None) -> None:
        super().__init__()
        self.actor = actor
        self.first_seen: dict[str, Line] = {}

    @classmethod
    def knows(cls, header: str) -> bool:
        return any(each.column_name == header for each in cls.fields.values())

    @classmethod
    def missing(cls, headers: Iterable[str]) -> list[str]:
        """The headers without which a sheet is not of this kind."""
        return [name for name in cls.required if name not in set(headers)]

    @classmethod
    def arrange(cls, lines: list[Line]) -> list[Line]:
        """The lines in the order in which they can be written."""
        return lines

    @property
    def key_attribute(self) -> str:
        return self.attribute_of(self.key)

    def attribute_of(self, header: str) -> str:
        attribute: str = next(each.attribute for each in self.fields.values() if each.column_name == header)
        return attribute

    def header_of(self, attribute: str) -> str:
        """The header of the column that fills an attribute; empty for one that no column fills."""
        return next((each.column_name for each in self.fields.values() if each.attribute == attribute), "")

    def identity(self, row: Mapping[str, Cell]) -> str:
        """What may stand in a file only once."""
        return key_of(readable(row[self.key]))

    def before_import_row(self, row: Mapping[str, Cell], **kwargs: Any) -> None:
        identity, line = self.identity(row), kwargs["lines"][kwargs["row_number"] - 1]
        if identity and (first := self.first_seen.setdefault(identity, line)) is not line:
            raise ValidationError({self.key_attribute: _("与第%(row)d行重复。") % {"row": first.number}})

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        """Saves the instance by the service that owns it: one call of one that is atomic, and so a savepoint of its
        own here. What the database refuses is then this row's error and spoils no other."""
        raise NotImplementedError

    def label(self, instance: Any) -> str:
        """What a report calls a row."""
        return f"{getattr(instance, self.key_attribute)} {instance.name}"

    def changes(self, original: Any, instance: Any) -> list[tuple[str, str, str]]:
        """(header, before, after) of every column that differs."""
        return [
            (each.column_name, each.export(original), each.export(instance))
            for each in self.get_import_fields()
            if each.get_value(original) != each.get_value(instance)
        ]


def unit_directory() -> Directory[Unit]:
    return Directory(Unit.objects.all(), lambda unit: (unit.name, unit.name_en))


class UnitResource(SheetResource):
    """单位: the organisation tree."""

    title = gettext_lazy("单位")
    key = "代码"
    required = ("代码", "名称", "类别")
    aliases = {"单位代码": "代码", "单位名称": "名称", "单位类别": "类别"}

    code = column("代码", "code", text_like(Unit, "code", Code, required=True))
    name = column("名称", "name", text_like(Unit, "name", required=True))
    name_en = column("英文名称", "name_en", text_like(Unit, "name_en"))
    kind = column("类别", "kind", Choice(UnitKind.choices))
    parent = column("上级单位", "parent", Reference(unit_directory))
    takes_tiers = column("承接类别", "takes_tiers", Words(1, "[ABCD]", "A、B、C、D"))
    takes_categories = column(
        "承接事项", "takes_categories", Words(20, r"\*|[A-Z0-9-]+", gettext_lazy("问题类别的代码，或*表示全部"))
    )

    class Meta(SheetResource.Meta):
        model = Unit
        import_id_fields = ("code",)
        fields = ("code", "name", "name_en", "kind", "parent", "takes_tiers", "takes_categories")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("parent")

    @classmethod
    def arrange(cls, lines: list[Line]) -> list[Line]:
        """A unit after its parent, wherever the file has it."""
        own = {key_of(line.text(name)): line for line in lines for name in ("代码", "名称")}
        ordered: dict[int, Line] = {}
        for line in lines:
            chain, each = [], line
            while each.number not in ordered and each not in chain:
                chain.append(each)
                each = own.get(key_of(each.text("上级单位")), each)
            ordered.update((link.number, link) for link in reversed(chain))
        return list(ordered.values())

    def do_instance_save(self, instance: Unit, is_create: bool) -> None:
        save_unit(instance)
        self.fields["parent"].widget.directory.add(instance)
