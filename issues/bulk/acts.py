"""The moves that can be made for many issues at once, and what the preview says of each row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from issues import services
from issues.bulk.forms import BulkForm, BulkReferForm, BulkRemindForm
from issues.dossier import Dossier
from issues.in_sight import TOO_SHORT, DaysOfReferral, days_of_referral
from issues.levels import Standing, Yardstick
from issues.models import Bulk, Event, EventKind, Issue
from issues.parties import Party
from issues.services.referral import check_referral, people_of
from issues.services.supervision import responsible_for_each
from issues.workflow import TABLE, Action, refusal
from workdays.calendar import CalendarCoverageError

Values = Mapping[str, Any]
# The parties that are somebody's by role; every one of them may make the move for some issue.
ROLES: Mapping[Party, Role] = {
    Party.OFFICER: Role.OFFICER,
    Party.HOME_HEAD: Role.UNIT_HEAD,
    Party.BUREAU: Role.BUREAU_STAFF,
    Party.OFFICE: Role.COMMISSION_OFFICE,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One issue of a preview: what will happen, or why nothing can."""

    issue: Issue
    standing: Standing
    refused: str = ""
    sign_by: date | None = None
    answer_by: date | None = None
    told: Sequence[User] = ()
    last_reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulkAct:
    """`foresee` gives the rows of the preview from what the form found; None while nothing was asked yet.

    `asks_first`: the preview follows from what was asked, so that the form comes before it.
    """

    action: Action
    label: Promise
    icon: str
    lead: Promise
    done: Promise
    form: type[BulkForm]
    act: Callable[[Issue, Bulk, User], object]
    foresee: Callable[[list[Issue], Values | None, User], Iterator[Row]]
    asks_first: bool = False

    def is_for(self, user: User) -> bool:
        """Whether there are issues for which this person may make the move at all."""
        parties = {party for parties in TABLE[self.action].who.values() for party in parties}
        return any(ROLES.get(party) == user.role for party in parties)


def _refer(issue: Issue, bulk: Bulk, actor: User) -> object:
    assert bulk.unit is not None  # noqa: S101 - asked for by the form
    return services.refer(issue, unit=bulk.unit, supports=list(bulk.supports.all()), note=bulk.words, actor=actor)


def _remind(issue: Issue, bulk: Bulk, actor: User) -> object:
    return services.remind(issue, text=bulk.words, is_keyed=True, actor=actor)


def _foresee_referral(issues: list[Issue], values: Values | None, user: User) -> Iterator[Row]:
    yardstick = Yardstick()
    told = people_of(values["unit"]) if values else []
    by_calendar: dict[int, DaysOfReferral] = {}
    for issue in issues:
        standing = yardstick.standing(issue)
        try:
            _check(Dossier(issue, yardstick), Action.REFER, user)
            if values is None:
                yield Row(issue, standing)
                continue
            check_referral(issue, values["unit"], values["supports"])
            if issue.calendar_id not in by_calendar:
                by_calendar[issue.calendar_id] = days_of_referral(yardstick, issue.calendar_id)
        except ValidationError as fault:
            yield Row(issue, standing, refused=sentence(fault))
        except CalendarCoverageError:
            yield Row(issue, standing, refused=str(TOO_SHORT))
        else:
            days = by_calendar[issue.calendar_id]
            yield Row(issue, standing, sign_by=days.sign_by, answer_by=days.answer_by, told=told)


def _foresee_reminder(issues: list[Issue], values: Values | None, user: User) -> Iterator[Row]:
    yardstick, told = Yardstick(), responsible_for_each(issues)
    reminders = Event.objects.filter(issue__in=issues, kind=EventKind.REMINDED)
    last = dict(reminders.order_by().values("issue").annotate(at=Max("at")).values_list("issue", "at"))
    for issue in issues:
        standing = yardstick.standing(issue)
        try:
            _check(Dossier(issue, yardstick), Action.REMIND, user)
        except ValidationError as fault:
            yield Row(issue, standing, refused=sentence(fault))
        else:
            yield Row(issue, standing, told=told[issue.pk], last_reminded_at=last.get(issue.pk))


def _check(dossier: Dossier, action: Action, user: User) -> None:
    if user.is_reader:
        raise ValidationError(_("您可以查看，但不能修改这条记录。"))
    if refused := refusal(dossier, action, user):
        raise refused


def sentence(fault: ValidationError) -> str:
    """All that a refusal says, as one text."""
    return " ".join(fault.messages)


# In the order of the buttons.
ACTS: Mapping[Action, BulkAct] = {
    act.action: act
    for act in (
        BulkAct(
            Action.REFER,
            gettext_lazy("批量交办"),
            "send",
            gettext_lazy("接办单位须在下面列出的日期前签收。交办不改变处置时限的到期日。"),
            gettext_lazy("已交办，等待签收"),
            BulkReferForm,
            _refer,
            _foresee_referral,
            asks_first=True,
        ),
        BulkAct(
            Action.REMIND,
            gettext_lazy("批量催办"),
            "bell",
            gettext_lazy("承办人和主办单位负责人都会收到，并记入经过。"),
            gettext_lazy("已催办"),
            BulkRemindForm,
            _remind,
            _foresee_reminder,
        ),
    )
}


def acts_for(user: User) -> list[BulkAct]:
    """What this person may do with what is selected in the list."""
    return [act for act in ACTS.values() if act.is_for(user)]
