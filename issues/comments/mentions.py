"""@姓名 in a comment: whom it means, whether they can see the issue, and whom to suggest while it is being typed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from accounts.models import ADMINISTRATORS, SEE_EVERYTHING, Role, User
from issues.models import Issue
from liaisons.models import Officer

# Behind a Latin letter or digit it is an address of mail. Chinese keyboards write ＠.
AT = re.compile(r"(?<![A-Za-z0-9._%+-])[@＠](?=[^\s@＠])")
NAME_ENDS = re.compile(r"[\n\r@＠]")
LONGEST_NAME = 50
# Of people of the same name the unit tells which: @王伟（市住建局）.
UNIT = re.compile(r"[（(]([^（()）\n]{1,200})[）)]")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
MOST_MENTIONS = 20
SUGGESTED, CONSIDERED = 8, 24


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in the text, the @ included, and whom it means."""

    start: int
    end: int
    person: User


def colleagues() -> QuerySet[User]:
    """Who can be mentioned at all: people who work with cases."""
    nobody = (*ADMINISTRATORS, Role.API_CLIENT, Role.PLATFORM_CONTACT)
    return User.objects.filter(is_active=True).exclude(role__in=nobody)


def seeing(people: Iterable[User], issue: Issue) -> set[int]:
    """The keys of those who can see the issue, by the one row scope, in one statement."""
    asked = [
        Issue.objects.filter(pk=issue.pk).visible_to(person).order_by().values_list(Value(person.pk), flat=True)
        for person in people
    ]
    if not asked:
        return set()
    first, *rest = asked
    return set(first.union(*rest, all=True))


def mentions_in(text: str, issue: Issue) -> list[Mention]:
    """Whom the text mentions, in its order. Raises ValidationError under `text`, naming whoever cannot see the issue,
    a name nobody has and a name that several have."""
    places = [(found.start(), found.end()) for found in AT.finditer(text)]
    if len(places) > MOST_MENTIONS:
        raise _at_fault(_("一条留言最多提到%(most)d人。") % {"most": MOST_MENTIONS})
    by_name = _people_named(text, places)
    seen = seeing({person for people in by_name.values() for person in people}, issue)
    found = (_mention(text, start, after, by_name, seen) for start, after in places)
    return [mention for mention in found if mention is not None]


def _people_named(text: str, places: Sequence[tuple[int, int]]) -> dict[str, list[User]]:
    """By name, whoever may be meant: nothing but the register of names says where a name ends and the text goes on."""
    beginnings = {text[after : after + n] for _start, after in places for n in range(1, LONGEST_NAME + 1)}
    by_name = defaultdict(list)
    if beginnings:
        for person in colleagues().filter(name__in=beginnings).select_related("unit").order_by("pk"):
            by_name[person.name].append(person)
    return by_name


def _mention(text: str, start: int, after: int, by_name: dict[str, list[User]], seen: set[int]) -> Mention | None:
    """The longest name that fits, before all of somebody who can see the issue. None for what is meant for no name."""
    rest = NAME_ENDS.split(text[after : after + LONGEST_NAME], maxsplit=1)[0]
    fitting = sorted((name for name in by_name if rest.startswith(name)), key=len, reverse=True)
    if not fitting:
        if chinese := CHINESE.match(rest):
            raise _at_fault(_("没有叫“%(name)s”的同事。请核对姓名，姓名后面空一格。") % {"name": chinese[0][:10]})
        return None
    name = next((each for each in fitting if any(person.pk in seen for person in by_name[each])), fitting[0])
    end = after + len(name)
    people = by_name[name]
    if (unit := UNIT.match(text, end)) and (there := [person for person in people if _is_of(person, unit[1])]):
        people, end = there, unit.end()
    able = [person for person in people if person.pk in seen]
    if not able:
        raise _at_fault(_("%(name)s看不到这个问题，提到也通知不到。请去掉@，或改提别的同事。") % {"name": name})
    if len(able) > 1:
        units = _("、").join(f"@{name}（{person.unit.label}）" for person in able if person.unit)
        raise _at_fault(
            _("有%(n)d位%(name)s，请写明单位：%(units)s。") % {"n": len(able), "name": name, "units": units}
        )
    return Mention(start, end, able[0])


def _is_of(person: User, unit: str) -> bool:
    return person.unit is not None and unit.strip() in (person.unit.name, person.unit.name_en)


def _at_fault(words: str) -> ValidationError:
    return ValidationError({"text": words})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A colleague on the list that opens behind an @; `written` is what goes into the text."""

    person: User
    written: str


def worth_asking(issue: Issue) -> Q:
    """Who may well see the issue. No scope, only a shorter list: the scope is asked about each of them, and to ask it
    about everybody takes a second."""
    paths = (issue.lead_unit.path, issue.home_unit.path, *issue.supports.values_list("unit__path", flat=True))
    above = {path[: end + 1] for path in paths for end, char in enumerate(path) if char == "/"}
    current = Officer.objects.filter(assignments__platform=issue.platform_id, assignments__ended_on=None)
    return (
        Q(role__in=SEE_EVERYTHING)
        | Q(role__in=(Role.CLERK, Role.UNIT_HEAD), unit__path__in=above)
        | Q(pk=issue.handler_id)
        | Q(officer__in=[issue.officer_id])
        | Q(officer__in=current)
    )


def suggest(typed: str, issue: Issue, asker: User) -> list[Suggestion]:
    """Colleagues who can see the issue and whose name begins so; those who have to do with it come first."""
    units = (issue.lead_unit_id, issue.home_unit_id)
    nearness = Case(
        When(Q(pk=issue.handler_id) | Q(officer=issue.officer_id), then=0),
        When(unit__in=units, then=1),
        default=2,
        output_field=IntegerField(),
    )
    rows = colleagues().filter(worth_asking(issue), name__startswith=typed).exclude(pk=asker.pk).select_related("unit")
    people = list(rows.order_by(nearness, "name", "pk")[:CONSIDERED])
    seen = seeing(people, issue)
    able = [person for person in people if person.pk in seen]
    namesakes = Counter(person.name for person in able)
    return [Suggestion(person, _written(person, namesakes[person.name])) for person in able[:SUGGESTED]]


def _written(person: User, namesakes: int) -> str:
    return f"@{person.name}（{person.unit.label}）" if namesakes > 1 and person.unit else f"@{person.name}"


def pieces(text: str, names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is the name of somebody mentioned, for the page to set off."""
    wanted = sorted({re.escape(name) for name in names}, key=len, reverse=True)
    if not wanted:
        yield text, False
        return
    marked = re.compile(rf"(?<![A-Za-z0-9._%+-])([@＠](?:{'|'.join(wanted)}))")
    for number, piece in enumerate(marked.split(text)):
        if piece:
            yield piece, number % 2 == 1
