"""After the resolution: the platform's word, a redo, the close; or the matter is taken back (T10-T13, T18, R38-R41)."""

from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import on_date
from issues.deadlines import ClockKeeper, counted
from issues.models import Cause, Clock, Confirmation, EventKind, Issue, Result, Round, State, Tier
from issues.parties import Party, parties_of
from issues.services.drawing import draw_for_calls
from issues.services.hands import hands_for, officers_of
from issues.services.moves import begin, inform, locked, move
from issues.services.referral import end_referral, finish, release_supports
from issues.services.registration import terms_in_force
from issues.workflow import Action, MoveRefused
from notices.models import NoticeKind
from notices.services import settle
from platforms.models import Platform


def ask_the_platform(issue: Issue, keeper: ClockKeeper) -> None:
    """R37, R39: the platform is asked for its word, those whose issues went into it are answered; officers hear."""
    for each in (issue, *issue.merged.select_related("platform")):
        kind = NoticeKind.CONFIRM_ASKED if each == issue else NoticeKind.ANSWERED
        cause = asking_cause(issue, each)
        inform(contacts_of(each.platform), each, keeper, kind=kind, cause=cause, url=page_of_contact(each))
        inform(
            [person for person in officers_of(each.platform) if keeper.actor is None or person.pk != keeper.actor.pk],
            each,
            keeper,
            kind=NoticeKind.RESOLVED,
            cause=f"{cause}/officer",
        )


def asking_cause(issue: Issue, asked: Issue) -> str:
    """One asking a round and platform."""
    return f"confirm/{issue.pk}/{issue.reopened_count}/{asked.pk}"


def page_of_contact(issue: Issue) -> str:
    """Where a platform's contact reads of it: the pages of visits, which knows this room."""
    return f"/p/issues/{issue.number}/"


def contacts_of(platform: Platform) -> list[User]:
    """The platform's own people who have a way in."""
    return list(User.objects.filter(platform_contact__platform=platform, is_active=True))


def take_word(issue: Issue, keeper: ClockKeeper, word: Confirmation) -> None:
    """Whose word it is on a locked issue that was resolved. Only 已解决 by the platform's word counts in F7."""
    issue.confirmation = word
    issue.confirmed_at = issue.confirmed_at or keeper.at
    issue.is_confirmed_solved = word != Confirmation.SILENT and issue.result == Result.SOLVED
    _no_longer_asked(issue, keeper.at)


def record_confirmation(issue: Issue, keeper: ClockKeeper, word: Confirmation, note: str = "") -> Issue:
    """A locked, resolved issue is confirmed by a word, and may be drawn for a call."""
    take_word(issue, keeper, word)
    draw_for_calls([issue], keeper.handling_rule, keeper.at)
    kind = EventKind.UNANSWERED if word == Confirmation.SILENT else EventKind.CONFIRMED
    words = "\n".join(filter(None, (str(word.label), note)))
    return move(issue, kind, to=State.CONFIRMED, actor=keeper.actor, at=keeper.at, note=words)


def _no_longer_asked(issue: Issue, at: datetime) -> None:
    for each in (issue, *issue.merged.all()):
        settle(asking_cause(issue, each), at)
        settle(f"{asking_cause(issue, each)}/again", at)


@transaction.atomic
def confirm(issue: Issue, *, note: str = "", actor: User) -> Issue:
    """T10: the platform calls it solved: its contact in person, or the officer by the contact's spoken word.

    Raises MoveRefused where the table of transitions does not allow it.
    """
    keeper = begin(issue, Action.CONFIRM, actor)
    is_own_word = Party.CONTACT in parties_of(keeper.issue, actor)
    word = Confirmation.PLATFORM if is_own_word else Confirmation.SPOKEN
    return record_confirmation(keeper.issue, keeper, word, note)


@transaction.atomic
def take_as_unanswered(issue: Issue) -> Issue:
    """T11: the platform said nothing for the days of R39. Raises MoveRefused where that is not so (yet)."""
    keeper = begin(issue, Action.SILENCE, None)
    return record_confirmation(keeper.issue, keeper, Confirmation.SILENT)


@transaction.atomic
def ask_again(issue: Issue) -> Issue:
    """R39: platform and officer are reminded of the question, once a round. Raises MoveRefused where it is over."""
    keeper = ClockKeeper(locked(issue), None)
    issue = keeper.issue
    if issue.state != State.RESOLVED or issue.asked_again_at is not None:
        raise MoveRefused(_("不需要再次询问。"))
    issue.asked_again_at = keeper.at
    cause, url = f"{asking_cause(issue, issue)}/again", page_of_contact(issue)
    inform(contacts_of(issue.platform), issue, keeper, kind=NoticeKind.CONFIRM_ASKED, cause=cause, url=url)
    inform(officers_of(issue.platform), issue, keeper, kind=NoticeKind.UNCONFIRMED, cause=cause)
    return move(issue, EventKind.ASKED_AGAIN, actor=None, at=keeper.at)


@transaction.atomic
def reopen(issue: Issue, *, reason: str, actor: User) -> Issue:
    """T12, R40: not solved after all. The tier's term runs anew from today; the first result and any lateness stay.

    What was answered on the spot (tier A) becomes the own unit's matter (B). Raises MoveRefused where the table of
    transitions does not allow it, ValidationError without a reason.
    """
    keeper = begin(issue, Action.REOPEN, actor)
    if not reason.strip():
        raise ValidationError({"reason": _("请写明哪里没有解决。")})
    return redo(keeper.issue, keeper, reason, note=_told_by(keeper.issue, actor, reason))


def _told_by(issue: Issue, actor: User, words: str) -> str:
    """What an officer passes on of the platform's spoken word is marked so."""
    is_passed_on = actor.is_officer and Party.OFFICER in parties_of(issue, actor)
    return _("转述平台的话：%(words)s") % {"words": words} if is_passed_on else words


def redo(issue: Issue, keeper: ClockKeeper, reason: str, note: str = "") -> Issue:
    """R40 on a locked issue that was resolved: the handler has it again, with a fresh term. `note` is for the timeline
    where it says more than the reason."""
    _keep_round(issue, keeper, reason)
    release_supports(issue, keeper.at, answered=True)
    _no_longer_asked(issue, keeper.at)
    if issue.tier == Tier.A:
        issue.tier, issue.term = Tier.B, terms_in_force(on_date(issue.registered_at))[Tier.B]
    assert issue.term is not None  # noqa: S101 - every other tier has one
    issue.reopened_count += 1
    issue.resolved_at = issue.plan_confirmed_at = issue.confirmed_at = issue.closed_at = None
    issue.asked_again_at = None
    issue.result = issue.reply = issue.confirmation = ""
    issue.is_confirmed_solved = False
    issue.handler = hands_for(issue, issue.handler)
    # The day itself is not counted, as with every term (R10).
    span = counted(keeper.calendar, keeper.today, issue.term.working_days)
    deadline = keeper.start(Clock.STATUTORY, span, Cause.REOPENED, reason)
    move(
        issue,
        EventKind.REOPENED,
        to=State.ACCEPTED,
        actor=keeper.actor,
        at=keeper.at,
        note=note or reason,
        deadline=deadline,
    )
    heads = User.objects.filter(role=Role.UNIT_HEAD, unit=issue.lead_unit, is_active=True)
    inform(
        {each.pk: each for each in (issue.handler, *heads, *officers_of(issue.platform))}.values(),
        issue,
        keeper,
        kind=NoticeKind.REOPENED,
        cause=f"reopened/{issue.pk}/{issue.reopened_count}",
        due_on=span.due_on.isoformat(),
    )
    return issue


def _keep_round(issue: Issue, keeper: ClockKeeper, reason: str) -> None:
    assert issue.resolved_at is not None  # noqa: S101 - the table lets nothing else be reopened
    assert keeper.actor is not None  # noqa: S101 - no job reopens anything
    Round.objects.create(
        issue=issue,
        number=issue.reopened_count + 1,
        result=issue.result,
        reply=issue.reply,
        settled_at=min(filter(None, (issue.plan_confirmed_at, issue.resolved_at))),
        resolved_at=issue.resolved_at,
        reopened_at=keeper.at,
        reopened_by=keeper.actor,
        reason=reason,
    )


@transaction.atomic
def close(issue: Issue, *, note: str = "", actor: User) -> Issue:
    """T13, R41: off the list, by somebody who did not handle it. Raises MoveRefused where that is not so."""
    keeper = begin(issue, Action.CLOSE, actor)
    issue = keeper.issue
    issue.closed_at = keeper.at
    return move(issue, EventKind.CLOSED, to=State.CLOSED, actor=actor, at=keeper.at, note=note)


@transaction.atomic
def withdraw(issue: Issue, *, reason: str, actor: User) -> Issue:
    """T18: the platform does not need it any more; by its contact, or the officer on the contact's word.

    Raises MoveRefused where the table of transitions does not allow it, ValidationError without a reason.
    """
    keeper = begin(issue, Action.WITHDRAW, actor)
    issue = keeper.issue
    if not reason.strip():
        raise ValidationError({"reason": _("请写明撤回的原因。")})
    leave_the_list(issue, keeper)
    note = _told_by(issue, actor, reason)
    move(issue, EventKind.WITHDRAWN, to=State.WITHDRAWN, actor=actor, at=keeper.at, note=note)
    inform(
        [] if issue.handler_id == actor.pk else [issue.handler],
        issue,
        keeper,
        kind=NoticeKind.WITHDRAWN,
        cause=f"withdrawn/{issue.pk}",
    )
    return issue


def leave_the_list(issue: Issue, keeper: ClockKeeper) -> None:
    """A locked issue ends without a result: its clocks stop, nobody is asked to sign or to decide any more."""
    finish(keeper)
    end_referral(issue, keeper.at)
    release_supports(issue, keeper.at)
    issue.suspensions.filter(ended_on=None).update(ended_on=keeper.today)
    for cause in _open_questions(issue):
        settle(cause, keeper.at)


def _open_questions(issue: Issue) -> Iterator[str]:
    """What somebody was asked about it and has not said yet."""
    yield from (f"supervision/{each.pk}" for each in issue.supervisions.filter(replied_at=None))
