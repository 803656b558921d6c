"""Whether a platform had the contact a calendar quarter owes it (R19, R20, F2).

Lists, boards and the workbench ask this one module, so that a figure and the list behind it cannot differ.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.enums import TextChoices
from django.utils.translation import gettext_lazy as _

from config.clock import today
from platforms.models import Platform


class Contact(TextChoices):
    """Every platform stands at exactly one of these in a quarter."""

    DONE = "done", _("已联系")
    TRIED = "tried", _("仅尝试，未接通")
    NONE = "none", _("未联系")
    WAIVED = "waived", _("本季免")


# Not a status: the denominator of F2. Lists open with it as `?contact=owing`.
OWING = "owing"
CONTACT_FILTERS = (*Contact.choices, (OWING, _("本季应联系")))


@dataclass(frozen=True, slots=True)
class Quarter:
    """A calendar quarter; `number` counts from 1."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month + 2) // 3)

    @property
    def start(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        after = date(self.year + 1, 1, 1) if self.number == 4 else date(self.year, 3 * self.number + 1, 1)
        return after - timedelta(days=1)

    def before(self) -> Self:
        return type(self).of(self.start - timedelta(days=1))

    @property
    def label(self) -> str:
        names = (_("第一季度"), _("第二季度"), _("第三季度"), _("第四季度"))
        return str(names[self.number - 1])


class Coverage:
    """The contacts of one quarter as they stand on one day; by default the present quarter, today.

    What is owed are the duties (liaisons.duties), which know R20 and the settings of their day. Of a past quarter the
    last day decides whether anybody was responsible.
    """

    def __init__(self, quarter: Quarter | None = None) -> None:
        self.quarter = quarter or Quarter.of(today())
        self.day = min(today(), self.quarter.end)

    def where(self, contact: str) -> Q:
        """The platforms at a Contact, or OWING. Who was contacted without being owed it is DONE, and not in F2."""
        reached, tried, owes = self._reached(), self._tried(), self.owes()
        return {
            Contact.DONE.value: Q(reached),
            Contact.TRIED.value: ~Q(reached) & Q(owes) & Q(tried),
            Contact.NONE.value: ~Q(reached) & Q(owes) & ~Q(tried),
            Contact.WAIVED.value: ~Q(reached) & ~Q(owes),
            OWING: Q(owes),
        }[str(contact)]

    def status(self) -> Case:
        """A Contact value for each platform: `Platform.objects.annotate(contact=Coverage().status())`."""
        return Case(
            When(self._reached(), then=Value(Contact.DONE.value)),
            When(~self.owes(), then=Value(Contact.WAIVED.value)),
            When(self._tried(), then=Value(Contact.TRIED.value)),
            default=Value(Contact.NONE.value),
            output_field=CharField(),
        )

    def _reached(self) -> Exists:
        return Exists(_rows("visits").filter(visited_on__range=self._span(), is_reached=True))

    def _tried(self) -> Exists:
        return Exists(_rows("visits").filter(visited_on__range=self._span(), is_reached=False))

    def owes(self) -> Exists:
        """A quarterly contact is owed, or was and is made. A platform without an officer is owed nothing by anybody."""
        in_force = Q(ended_on=None) | Q(ended_on__gte=self.day)
        has_officer = Exists(_rows("assignments", of="platform").filter(in_force, started_on__lte=self.day))
        duties = _rows("duties").filter(kind="quarterly_contact", from_on=self.quarter.start)
        return Exists(duties.filter(Q(met_on__isnull=False) | Q(has_officer)))

    def _span(self) -> tuple[date, date]:
        return self.quarter.start, self.day


def _rows(relation: str, of: str = "pk") -> QuerySet[Any]:
    """The platform's rows in a room above, reached through the relation as that room must not be imported."""
    model: Any = Platform._meta.get_field(relation).related_model
    return model.objects.filter(platform=OuterRef(of))  # type: ignore[no-any-return] # the model is known at run time
