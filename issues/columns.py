"""The columns of the issue list: which there are, which a reader has asked for, and what each needs of a row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PARAMETER = "columns"
# Of these there is no list without: what an issue is called, and what it is.
ALWAYS = ("number", "text")
MOST_NAMED, LONGEST_NAMED = 3, 20


@dataclass(frozen=True, slots=True)
class Column:
    """`fields` are read with the row. `is_usual`: shown unless the reader says otherwise; always on a phone's card."""

    name: str
    header: Promise
    fields: tuple[str, ...]
    is_usual: bool = False
    sort: str = ""


# In the order in which they stand.
COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column("tier", gettext_lazy("类别"), (), is_usual=True),
        Column("category", gettext_lazy("需求类别"), ("category__name", "category__name_en")),
        Column("nature", gettext_lazy("性质"), ("nature",)),
        Column("urgency", gettext_lazy("紧急程度"), ("urgency",)),
        Column("importance", gettext_lazy("重要性"), ("importance",)),
        Column("state", gettext_lazy("状态"), (), is_usual=True),
        Column("unit", gettext_lazy("主办单位"), (), is_usual=True),
        Column("home_unit", gettext_lazy("联点单位"), ("home_unit__name", "home_unit__name_en")),
        Column("officer", gettext_lazy("首问干部"), ()),
        Column("handler", gettext_lazy("承办人"), ("handler__name",)),
        Column("district", gettext_lazy("区县"), ("platform__district__name", "platform__district__name_en")),
        Column("level", gettext_lazy("平台级别"), ("platform__level",)),
        Column("raised", gettext_lazy("提出日期"), ("raised_on",)),
        Column("updated", gettext_lazy("更新于"), ("updated_at",)),
        Column("resolved", gettext_lazy("办结日期"), ("resolved_on",)),
        Column("result", gettext_lazy("处置结果"), ("result",)),
        Column("due", gettext_lazy("到期日"), (), is_usual=True, sort="due"),
        Column("warning", gettext_lazy("预警"), (), is_usual=True),
    )
}
USUAL = tuple(name for name, column in COLUMNS.items() if column.is_usual)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns of one list, in the order in which they stand; `unknown` were asked for and do not exist."""

    names: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @property
    def complaint(self) -> str:
        """What to tell the reader of the unknown ones; empty where there are none."""
        if not self.unknown:
            return ""
        named = _("、").join(name[:LONGEST_NAMED] for name in self.unknown[:MOST_NAMED])
        return _("没有“%(names)s”这样的列，已略去。") % {"names": named}

    @property
    def value(self) -> str:
        """As it stands in the address; empty for the usual ones."""
        return "" if self.names == USUAL else ",".join(self.names or ALWAYS)


def chosen(given: QueryDict) -> Chosen:
    """What `columns=` asks for: names with commas between them, once or several times; nothing means the usual ones."""
    asked = [name for value in given.getlist(PARAMETER) for name in value.split(",") if name]
    if not asked:
        return Chosen(USUAL)
    found = of_names(asked)
    unknown = tuple(dict.fromkeys(name for name in asked if name not in COLUMNS and name not in ALWAYS))
    return Chosen(USUAL if unknown and not found.names else found.names, unknown)


def of_names(names: Iterable[str]) -> Chosen:
    """Those of the names that are columns."""
    wanted = set(names)
    return Chosen(tuple(name for name in COLUMNS if name in wanted))
