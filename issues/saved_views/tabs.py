"""The tabs above the issue list: the views everybody has, then those that are kept under a name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from issues.models import Issue, SavedView, Suspension
from issues.moves_on_offer import REVIEWERS
from issues.saved_views.queries import FILTERS, canonical

# Words, and the filter: name and value.
VIEWS: tuple[tuple[Promise, str, str], ...] = (
    (_("全部"), "", ""),
    (_("在办"), "open", "true"),
    (_("临期"), "warning", "nearing"),
    (_("今日到期"), "warning", "due_today"),
    (_("逾期"), "warning", "overdue"),
)
MINE = (_("我的"), "todo", "true")
TO_REVIEW = (_("到期日待复核"), "needs_review", "true")
REVIEW_DUE = (_("挂账待复查"), "review_due", "true")
# A bare address opens the default view, so that the list of everything has one of its own.
EVERYTHING = "view=all"
# So many of the kept ones stand as tabs, and the present one always; all stand on the page of views.
IN_SIGHT = 6


def default_query(reader: User) -> str | None:
    """What the list opens with for this reader; None for everything. One statement."""
    views = SavedView.objects.visible_to(reader).filter(default_of__user=reader)
    query = views.values_list("query", flat=True).first()
    return None if query is None else query or EVERYTHING


@dataclass(frozen=True, slots=True)
class Tab:
    """`owner` is who shares it with the reader; empty for built-in and own ones."""

    label: str
    query: str
    is_current: bool = False
    owner: str = ""
    pk: int | None = None


class Tabs:
    """The tabs of one list for one reader; two statements more for those who review dates and suspensions."""

    def __init__(self, reader: User, given: QueryDict, today: date) -> None:
        self.reader, self.given, self.today = reader, given, today

    @cached_property
    def kept(self) -> list[Tab]:
        """The saved ones: the own before what others share. One statement."""
        rows = SavedView.objects.visible_to(self.reader)
        present, own = canonical(self.given), self.reader.pk
        tabs = [
            Tab(name, query, query == present, "" if owner_id == own else owner, pk)
            for pk, name, query, owner_id, owner in rows.values_list("pk", "name", "query", "owner_id", "owner__name")
        ]
        return sorted(tabs, key=lambda tab: (bool(tab.owner), tab.label))

    @cached_property
    def shown(self) -> list[Tab]:
        """Which of the views is the present list, give or take its page; a kept one is meant before a built-in one."""
        kept = [tab for n, tab in enumerate(self.kept) if n < IN_SIGHT or tab.is_current]
        return [*self._built_in(), *kept]

    @property
    def current(self) -> Tab | None:
        """The kept view that the present list is."""
        return next((tab for tab in self.kept if tab.is_current), None)

    def _built_in(self) -> Iterator[Tab]:
        """Whatever the order and the columns."""
        present = {name: self.given.getlist(name) for name in FILTERS if any(self.given.getlist(name))}
        views = (
            *VIEWS,
            *([MINE] if self.reader.has_workbench else []),
            *([TO_REVIEW] if self._has_reviews else []),
            *([REVIEW_DUE] if self._has_suspensions_to_review else []),
        )
        for label, name, value in views:
            query = f"{name}={value}" if name else EVERYTHING
            is_meant = present == ({name: [value]} if name else {}) and not self.current
            yield Tab(str(label), query, is_meant)

    @property
    def _has_reviews(self) -> bool:
        """Whether dates wait for one of those who review them; one statement for these readers."""
        if self.reader.role not in REVIEWERS:
            return False
        return Issue.objects.visible_to(self.reader).filter(needs_review=True).exists()

    @property
    def _has_suspensions_to_review(self) -> bool:
        """Whether the reader may act on a suspension whose review has come; one statement for those who act."""
        if not self.reader.is_officer and self.reader.role not in (Role.UNIT_HEAD, Role.COMMISSION_OFFICE):
            return False
        own = Issue.objects.editable_by(self.reader)
        return Suspension.objects.to_review(self.today).filter(issue__in=own).exists()
