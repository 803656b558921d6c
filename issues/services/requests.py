"""Asked by one, decided by another: more time (R34), a pause (R36), another tier (R29)."""

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.scope import heads_above
from config.clock import on_date
from issues.deadlines import ClockKeeper, Proposal, Span, counted, newest
from issues.dossier import Dossier
from issues.models import (
    CLOCKED_TIERS,
    Cause,
    Clock,
    Deadline,
    EventKind,
    Issue,
    Request,
    RequestKind,
    RequestState,
    Tier,
    TierTerm,
)
from issues.services.confirming import contacts_of, page_of_contact
from issues.services.hands import hands_for, officers_of
from issues.services.moves import begin, inform, locked, move
from issues.services.referral import end_referral, release_supports
from issues.services.registration import state_of, terms_in_force
from issues.services.suspension import paused_days, suspend
from issues.workflow import Action, MoveRefused, NotYourMove
from issues.workflow.guards import fault_of_extension
from notices.models import NoticeKind
from notices.services import settle
from workdays.calendar import CalendarCoverageError

LONGEST_SUSPENSION = 92  # days until the review: three months at most (R36)


# --- asking


@transaction.atomic
def ask_for_extension(issue: Issue, *, until: date, reason: str, actor: User) -> Request:
    """R34: a later statutory due date, at most one more term, asked a working day before the old one, once.

    Raises MoveRefused where that is not possible any more, ValidationError for a date or reason that will not do.
    """
    issue = begin(issue, Action.EXTEND, actor).issue
    propose_extension(issue, until, actor)
    return _ask(issue, RequestKind.EXTEND, reason=reason, actor=actor, until=until)


@transaction.atomic
def ask_for_suspension(issue: Issue, *, review_on: date, reason: str, actor: User) -> Request:
    """R36: the running clock stands still while the matter waits, for the platform's material for instance."""
    keeper = begin(issue, Action.SUSPEND, actor)
    issue = keeper.issue
    if not 0 < (review_on - keeper.today).days <= LONGEST_SUSPENSION:
        raise ValidationError({"review_on": _("复查日期须在明天起的三个月之内。")})
    return _ask(issue, RequestKind.SUSPEND, reason=reason, actor=actor, until=review_on)


@transaction.atomic
def ask_for_tier(issue: Issue, *, tier: str, reason: str, actor: User) -> Request:
    """R29: another tier, whose term counts from the same day."""
    issue = begin(issue, Action.RETIER, actor).issue
    propose_tier(issue, tier, actor)
    return _ask(issue, RequestKind.RETIER, reason=reason, actor=actor, tier=tier)


def _ask(issue: Issue, kind: RequestKind, *, reason: str, actor: User, **asked: object) -> Request:
    if not reason.strip():
        raise ValidationError({"reason": _("请写明理由。")})
    keeper = ClockKeeper(issue, actor)
    request = Request(issue=issue, kind=kind, reason=reason, asked_by=actor, asked_at=keeper.at)
    for name, value in asked.items():
        setattr(request, name, value)
    request.save()
    note = f"{request.get_kind_display()}：{_wanted(request)}\n{reason}"
    move(issue, EventKind.REQUESTED, actor=actor, at=keeper.at, note=note)
    inform(
        approvers(request).exclude(pk=actor.pk),
        issue,
        keeper,
        kind=NoticeKind.REQUESTED,
        cause=f"request/{request.pk}",
        request=kind,
    )
    return request


def _wanted(request: Request) -> str:
    """Old → new, as it would be."""
    match request.kind:
        case RequestKind.EXTEND:
            return f"{request.issue.due_on} → {request.until}"
        case RequestKind.RETIER:
            return f"{request.issue.tier} → {request.tier}"
        case _:
            return _("%(day)s复查") % {"day": request.until}


# --- what would happen


def propose_extension(issue: Issue, until: date, actor: User) -> Proposal:
    """The deadline with `until` as its due date. Raises as ask_for_extension does."""
    keeper, old = _statutory(issue, actor)
    if sentence := fault_of_extension(Dossier(issue, keeper.yardstick)):
        raise MoveRefused(sentence)
    errors = list(_faults_of_extension(issue, keeper, old, until))
    if errors:
        raise ValidationError({"until": errors})
    return Proposal(old.due_on, _extended(old, until, keeper))


def _extended(old: Deadline, until: date, keeper: ClockKeeper) -> Span:
    paused = paused_days(keeper.issue, old, keeper)
    days = keeper.calendar.between(old.counted_from, until) - paused
    return counted(keeper.calendar, old.counted_from, days, paused)


def _faults_of_extension(issue: Issue, keeper: ClockKeeper, old: Deadline, until: date) -> Iterator[str]:
    calendar = keeper.calendar
    if until <= old.due_on:
        yield _("新的日期要晚于现在的到期日%(due)s。") % {"due": old.due_on}
        return
    if until > calendar.last:
        yield _("工作日历只到%(last)s，请选更早的日期。") % {"last": calendar.last}
        return
    if not calendar.is_working(until):
        yield _("%(day)s不是工作日，请选工作日。") % {"day": until}
    term = issue.term.working_days if issue.term else 0
    latest = calendar.worked_day(min(calendar.seq(old.due_on) + term, calendar.seq(calendar.last)))
    if until > latest:
        yield _("最多再延长一个时限（%(term)d个工作日），即到%(latest)s。") % {"term": term, "latest": latest}


def propose_tier(issue: Issue, tier: str, actor: User) -> Proposal:
    """The statutory deadline under another tier, counted from the same day (R29). Raises as ask_for_tier does.

    Where a plan runs, the statutory clock would go on: only to a day that has not passed.
    """
    old = newest(issue, Clock.STATUTORY)
    if old is None or issue.clock is None:
        raise MoveRefused(_("处置时限没有在计时，日期不再变化。"))
    if tier not in CLOCKED_TIERS or tier == issue.tier:
        raise ValidationError({"tier": _("请选择另一个类别。")})
    keeper, term = ClockKeeper(issue, actor), _term_of(issue, tier)
    try:
        paused = paused_days(issue, old, keeper)
        span = counted(keeper.calendar, old.counted_from, term.working_days, paused)
    except CalendarCoverageError as error:
        raise ValidationError({"tier": _("工作日历还不够长，请先录入下一年的放假安排。")}) from error
    if span.due_on < keeper.today and (span.due_on < old.due_on or issue.clock == Clock.PLAN):
        raise ValidationError(
            {
                "tier": _("按%(tier)s类计算，到期日是%(due)s，已经过去，不能这样调整。")
                % {"tier": tier, "due": span.due_on}
            }
        )
    return Proposal(old.due_on, span)


def _statutory(issue: Issue, actor: User) -> tuple[ClockKeeper, Deadline]:
    """The keeper and the newest statutory version of an issue whose statutory clock runs; MoveRefused otherwise."""
    old = newest(issue, Clock.STATUTORY)
    if issue.clock != Clock.STATUTORY or old is None:
        raise MoveRefused(_("处置时限没有在计时，日期不再变化。"))
    return ClockKeeper(issue, actor), old


def _term_of(issue: Issue, tier: str) -> TierTerm:
    """R9: the terms as they were when the issue was registered."""
    return terms_in_force(on_date(issue.registered_at))[tier]


# --- deciding


def approvers(request: Request) -> QuerySet[User]:
    """Who may decide (R29, R34, R36). The commission office for a unit that has no head but the one who asks; that the
    person who asked never decides is the caller's to see to."""
    people, issue = User.objects.filter(is_active=True), request.issue
    office = people.filter(role=Role.COMMISSION_OFFICE)
    heads = heads_above(issue.home_unit.path).exclude(pk=request.asked_by_id)
    match request.kind:
        case RequestKind.EXTEND if issue.tier == Tier.B:
            return heads if heads.exists() else office
        case RequestKind.RETIER:
            bureau = people.filter(role__in=[Role.COMMISSION_OFFICE, Role.BUREAU_STAFF])
            is_of_city = Tier.D in (issue.tier, request.tier)
            return bureau if is_of_city else people.filter(Q(pk__in=bureau.values("pk")) | Q(pk__in=heads.values("pk")))
        case _:
            return office


@transaction.atomic
def decide(request: Request, *, approve: bool, note: str = "", actor: User) -> Request:
    """Approves or refuses; an approval takes effect at once. Until then the old date holds (R34).

    Raises MoveRefused when it is decided already, when the asker or somebody without the right decides, and when what
    was asked for is no longer possible; ValidationError for a refusal without a word why.
    """
    issue = locked(request.issue)
    request = Request.objects.select_related("asked_by").get(pk=request.pk)
    request.issue = issue
    if request.state != RequestState.PENDING:
        lapsed, decided = _("这项申请已经失效：它问的时限已经停表。"), _("这项申请已经有结果了。")
        raise MoveRefused(lapsed if request.state == RequestState.LAPSED else decided)
    if request.asked_by_id == actor.pk:
        raise NotYourMove(_("申请要由另一个人审批。"))
    if not approvers(request).filter(pk=actor.pk).exists():
        raise NotYourMove(_("这项申请不由您审批。"))
    if not approve and not note.strip():
        raise ValidationError({"note": _("不同意时请写明原因。")})
    keeper = ClockKeeper(issue, actor)
    request.state = RequestState.APPROVED if approve else RequestState.REFUSED
    request.decided_by, request.decided_at, request.decision_note = actor, keeper.at, note
    request.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
    settle(f"request/{request.pk}", keeper.at)
    if approve:
        APPROVED[RequestKind(request.kind)](request, issue, keeper)
    else:
        words = "\n".join(filter(None, (request.get_kind_display(), note)))
        move(issue, EventKind.REQUEST_REFUSED, actor=actor, at=keeper.at, note=words)
    inform(
        [request.asked_by],
        issue,
        keeper,
        kind=NoticeKind.DECIDED,
        cause=f"decision/{request.pk}",
        request=request.kind,
        outcome=request.state,
    )
    return request


def proposal_of(request: Request) -> Proposal:
    """What approving an extension or another tier would do to the statutory deadline now.

    Raises MoveRefused or ValidationError where that is not possible any more.
    """
    if request.kind == RequestKind.RETIER:
        return propose_tier(request.issue, request.tier, request.asked_by)
    if request.until is None:
        raise MoveRefused(_("申请里没有新的日期。"))
    keeper, old = _statutory(request.issue, request.asked_by)
    if old.due_on < keeper.today:
        raise MoveRefused(_("到期日%(due)s已过，不能再延期。"), params={"due": old.due_on})
    # The date may have moved since it was asked for: another tier, a pause, another calendar.
    for fault in _faults_of_extension(request.issue, keeper, old, request.until):
        raise MoveRefused(fault)
    return Proposal(old.due_on, _extended(old, request.until, keeper))


def _extend(request: Request, issue: Issue, keeper: ClockKeeper) -> None:
    deadline = keeper.start(Clock.STATUTORY, proposal_of(request).span, Cause.EXTENDED, request.reason)
    move(issue, EventKind.EXTENDED, actor=request.decided_by, at=keeper.at, note=request.reason, deadline=deadline)
    _tell_the_platforms(issue, keeper, deadline)


def _tell_the_platforms(issue: Issue, keeper: ClockKeeper, deadline: Deadline) -> None:
    """R34: whoever waits for an answer hears that it comes later."""
    assert deadline.previous_due_on is not None  # noqa: S101 - an extension has a date before
    days = {"old": deadline.previous_due_on.isoformat(), "new": deadline.due_on.isoformat()}
    for each in (issue, *issue.merged.select_related("platform")):
        inform(
            contacts_of(each.platform),
            each,
            keeper,
            kind=NoticeKind.DEADLINE_MOVED,
            cause=f"extended/{deadline.pk}/{each.pk}",
            url=page_of_contact(each),
            **days,
        )


def _retier(request: Request, issue: Issue, keeper: ClockKeeper) -> None:
    """R29, R30: B comes back to the home unit and the officer, who wait for no supporting unit; C and D wait to be
    referred; a plan is given up."""
    proposal = proposal_of(request)
    keeper.note_breach()
    end_referral(issue, keeper.at)
    keeper.stop(Clock.PLAN, Clock.SIGN)
    issue.plan_confirmed_at = None
    before, issue.tier, issue.term = issue.tier, request.tier, _term_of(issue, request.tier)
    if issue.tier == Tier.B:
        issue.lead_unit = issue.home_unit
        issue.handler = next(iter(officers_of(issue.platform)), hands_for(issue, issue.officer.user))
        release_supports(issue, keeper.at)
    deadline = keeper.start(Clock.STATUTORY, proposal.span, Cause.RETIERED, request.reason)
    words = f"{before} → {issue.tier}\n{request.reason}"
    move(
        issue,
        EventKind.RETIERED,
        to=state_of(issue.tier),
        actor=request.decided_by,
        at=keeper.at,
        note=words,
        deadline=deadline,
    )


APPROVED = {RequestKind.EXTEND: _extend, RequestKind.RETIER: _retier, RequestKind.SUSPEND: suspend}
