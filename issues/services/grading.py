"""What a platform asked for itself: written down, graded by a person, corrected (T1, T2, T3, R26-R28)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.services import calendar_for
from audit.services import last_write
from config.clock import now, on_date, to_the_minute, today
from issues.deadlines import ClockKeeper, counted
from issues.grading import suggested_tier
from issues.levels import Yardstick
from issues.models import (
    Cause,
    Clock,
    EventKind,
    Importance,
    Issue,
    IssueCategory,
    Nature,
    Result,
    State,
    Tier,
    Urgency,
)
from issues.parties import registrars
from issues.services.confirming import ask_the_platform
from issues.services.moves import begin, inform, move
from issues.services.registration import check_reason, state_of, take_numbers, terms_in_force
from issues.workflow import TABLE, Action, NotYourMove
from issues.workflow.rules import is_for
from liaisons.models import Assignment
from notices.models import NoticeKind
from platforms.models import Platform


@dataclass(frozen=True, slots=True)
class Requested:
    """A request as it was registered; `is_new` is False for a second submit, whose first result stands."""

    issue: Issue
    is_new: bool


def register_request(
    *,
    platform: Platform,
    category: IssueCategory,
    text: str,
    actor: User,
    raised_on: date | None = None,
    client_id: UUID | None = None,
) -> Requested:
    """T1 by the platform's contact or a client system: written down and brought to the officer, who grades it (T2).

    `raised_on` is today unless told; a second submit of a `client_id` gives the first issue. Raises ValidationError for
    an empty text, a day in the future, a platform without an officer, and a client_id used by somebody else;
    NotYourMove for whoever registers nothing for this platform.
    """
    if not is_for(TABLE[Action.REGISTER], "", registrars(platform, actor)):
        raise NotYourMove(_("您可以查看，但不能登记问题。"))
    if not text.strip():
        raise ValidationError({"text": _("请写明要解决的问题。")})
    if raised_on is not None and raised_on > today():
        raise ValidationError({"raised_on": _("提出日期不能晚于今天。")})
    try:
        with transaction.atomic():
            return Requested(_write_request(platform, category, text, actor, raised_on or today(), client_id), True)
    except IntegrityError:
        first = Issue.objects.filter(client_id=client_id).first() if client_id else None
        if first is None:
            raise
        if first.platform_id != platform.pk or not first.events.filter(kind=EventKind.REGISTERED, actor=actor).exists():
            raise ValidationError({"client_id": _("这个提交编号已被别的记录使用，请用新的编号再提交一次。")}) from None
        return Requested(first, False)


def _write_request(
    platform: Platform, category: IssueCategory, text: str, actor: User, day: date, client_id: UUID | None
) -> Issue:
    assigned = Assignment.objects.current().filter(platform=platform).select_related("officer__user").first()
    if assigned is None:
        raise ValidationError({"platform": _("这家平台还没有联点干部，请联系市科技局。")})
    officer, at, calendars = assigned.officer, now(), Yardstick().calendars
    issue = Issue.objects.create(
        client_id=client_id,
        number=take_numbers(on_date(at).year, 1)[0],
        platform=platform,
        officer=officer,
        home_unit=officer.home_unit,
        lead_unit=officer.home_unit,
        handler=officer.user,
        calendar_id=calendar_for(officer.home_unit, calendars).id,
        category=category,
        text=text,
        raised_on=day,
        registered_at=at,
        updated_at=at,
        state=State.REGISTERED,
    )
    issue.events.create(kind=EventKind.REGISTERED, at=at, actor=actor, before="", after=State.REGISTERED)
    inform(
        [officer.user],
        issue,
        ClockKeeper(issue, actor),
        kind=NoticeKind.RAISED,
        cause=f"raised/{issue.pk}",
        platform=platform.name,
    )
    return issue


@transaction.atomic
def grade(
    issue: Issue,
    *,
    tier: str,
    nature: str = "",
    urgency: str = Urgency.NORMAL,
    importance: str = Importance.ORDINARY,
    reason: str = "",
    answer: str = "",
    actor: User,
) -> Issue:
    """T2: a person decides on the tier (R28); the term counts from the day it was raised. A is answered at once (T3).

    Raises MoveRefused where the table of transitions does not allow it; ValidationError for an unknown value, a tier
    other than the suggested one without a reason, and tier A without an answer.
    """
    keeper = begin(issue, Action.GRADE, actor)
    issue = keeper.issue
    _check_inputs(tier, nature, urgency, importance)
    if tier == Tier.A and not answer.strip():
        raise ValidationError({"answer": _("当场解决的，请写下怎么答复的。")})
    check_reason(tier, suggested_tier(nature, urgency, importance), reason)
    issue.tier, issue.nature, issue.urgency, issue.importance = tier, nature, urgency, importance
    issue.grading_reason = reason
    if tier == Tier.A:
        return _answer(issue, answer, keeper)
    issue.term = terms_in_force(on_date(issue.registered_at))[tier]
    span = counted(keeper.calendar, issue.raised_on, issue.term.working_days)
    deadline = keeper.start(Clock.STATUTORY, span, Cause.GRADED, reason)
    words = "\n".join(filter(None, (f"{tier} {Tier(tier).label}", reason)))
    return move(issue, EventKind.GRADED, to=state_of(tier), actor=actor, at=keeper.at, note=words, deadline=deadline)


def _check_inputs(tier: str, nature: str, urgency: str, importance: str) -> None:
    known = {
        "tier": tier in Tier.values,
        "nature": nature in ("", *Nature.values),
        "urgency": urgency in Urgency.values,
        "importance": importance in Importance.values,
    }
    if errors := {name: _("没有这一项，请重新选择。") for name, is_known in known.items() if not is_known}:
        raise ValidationError(errors)


def _answer(issue: Issue, answer: str, keeper: ClockKeeper) -> Issue:
    issue.resolved_at, issue.result, issue.reply = keeper.at, Result.SOLVED, answer
    move(issue, EventKind.ANSWERED, to=State.RESOLVED, actor=keeper.actor, at=keeper.at, note=answer)
    ask_the_platform(issue, keeper)
    return issue


class Stale(ValidationError):
    """Somebody changed the issue since the editor read it; `theirs` is the issue as it is now."""

    def __init__(self, theirs: Issue) -> None:
        super().__init__(_("这个问题在您打开之后已被修改（%(by)s），请核对后再保存。") % {"by": last_hand(theirs)})
        self.theirs = theirs


# What stands in the timeline and leaves the issue's version as it was.
MAKE_NO_VERSION = (EventKind.COMMENTED, EventKind.ATTACHED, EventKind.ACKNOWLEDGED, EventKind.WARNED, EventKind.TOOK_IN)


def last_hand(issue: Issue) -> str:
    """Who made the issue's present version and when: 陈静 2026-10-15 12:00; the time alone where it was a job."""
    made = issue.events.exclude(kind__in=MAKE_NO_VERSION)
    repaired_at, at = _repaired_at(issue), issue.updated_at
    # A comment, or its withdrawal, touches the issue and makes no version of it.
    if issue.comments.filter(Q(at=at) | Q(withdrawn_at=at)).exists():
        at = max(filter(None, (made.latest("at").at, repaired_at)))
    event = made.filter(at=at).exclude(actor=None).select_related("actor").first()
    if event is not None and event.actor is not None:
        name = event.actor.name
    else:
        name = _("系统管理员修正") if repaired_at and repaired_at >= at else ""
    return f"{name} {to_the_minute(at)}".strip()


def _repaired_at(issue: Issue) -> datetime | None:
    """When a system administrator wrote it last, if nobody has since: a repair leaves no event, the log has it."""
    entry = last_write({Issue: [issue.pk]})
    return entry.at if entry and entry.actor_role == Role.SYSTEM_ADMIN else None


GRADING = ("nature", "urgency", "importance")
EDITABLE = ("text", "category", *GRADING, "grading_reason")


@transaction.atomic
def edit(issue: Issue, *, version: int, actor: User, **values: object) -> Issue:
    """Corrects what was written down (EDITABLE), as the editor read it in `version`; old → new goes to the timeline.

    Tier and clock stay. Raises Stale where the issue has another version by now, MoveRefused where the table of
    transitions does not allow it, ValidationError for an empty text, and where the tier is now another than the
    suggested one without a reason (R28).
    """
    keeper = begin(issue, Action.EDIT, actor)
    issue = keeper.issue
    if issue.version != version:
        raise Stale(issue)
    if not str(values.get("text", issue.text)).strip():
        raise ValidationError({"text": _("请写明平台说的问题。")})
    changes = [line for name in EDITABLE if name in values for line in _change(issue, name, values[name])]
    if not changes:
        return issue
    if issue.tier and not values.keys().isdisjoint(GRADING):
        check_reason(issue.tier, suggested_tier(issue.nature, issue.urgency, issue.importance), issue.grading_reason)
    issue.save(update_fields=[name for name in EDITABLE if name in values])
    return move(issue, EventKind.EDITED, actor=actor, at=keeper.at, note="\n".join(changes))


def _change(issue: Issue, name: str, new: object) -> list[str]:
    field = Issue._meta.get_field(name)
    old = _shown(issue, name)
    setattr(issue, name, new)
    if _shown(issue, name) == old:
        return []
    return [f"{field.verbose_name}：{old or '—'} → {_shown(issue, name) or '—'}"]  # type: ignore[union-attr] # a column


def _shown(issue: Issue, name: str) -> str:
    display = getattr(issue, f"get_{name}_display", None)
    return str(display() if display else getattr(issue, name))
