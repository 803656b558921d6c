"""The commission office asks after an issue: 催办 reminds, 督办 wants a reply (R42, T19)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from issues.models import EventKind, Issue, Supervision
from issues.services.moves import begin, inform, move
from issues.workflow import Action
from notices.models import NoticeKind
from notices.services import settle

# Any other move changes the state or opens something that the next one finds; a reminder leaves all as it was.
A_SECOND_CLICK = timedelta(minutes=1)


def responsible_for(issue: Issue) -> list[User]:
    """Who has it in hand, and the heads of the unit that leads."""
    return responsible_for_each([issue])[issue.pk]


def responsible_for_each(issues: Iterable[Issue]) -> dict[int, list[User]]:
    """The same for many, by the issue's key; one statement besides the handlers."""
    issues = list(issues)
    heads = defaultdict(list)
    units = {issue.lead_unit_id for issue in issues}
    for head in User.objects.filter(role=Role.UNIT_HEAD, unit__in=units, is_active=True):
        heads[head.unit_id].append(head)
    return {
        issue.pk: list({each.pk: each for each in (issue.handler, *heads[issue.lead_unit_id])}.values())
        for issue in issues
    }


@transaction.atomic
def remind(issue: Issue, *, text: str, is_keyed: bool = False, actor: User) -> list[User]:
    """T19 催办: those who have it in hand are reminded, and the timeline says so. Who was told.

    A second click is the same reminder: of one person, in the same words, within A_SECOND_CLICK; unless `is_keyed`,
    when the caller tells second submits by a key. Raises MoveRefused where the table of transitions does not allow it,
    ValidationError without a text.
    """
    keeper = begin(issue, Action.REMIND, actor)
    issue = keeper.issue
    if not text.strip():
        raise ValidationError({"text": _("请写明催什么。")})
    just_now = issue.events.filter(kind=EventKind.REMINDED, actor=actor, at__gt=keeper.at - A_SECOND_CLICK)
    if not is_keyed and just_now.filter(note=text).exists():
        return responsible_for(issue)
    move(issue, EventKind.REMINDED, actor=actor, at=keeper.at, note=text)
    told = responsible_for(issue)
    inform(
        told,
        issue,
        keeper,
        kind=NoticeKind.REMINDED,
        cause=f"reminded/{issue.pk}/{issue.version}",
        by=actor.name,
    )
    return told


@transaction.atomic
def supervise(issue: Issue, *, text: str, reply_by: date, actor: User) -> Supervision:
    """T19 督办, R42: the lead unit has to reply by a day; unanswered it keeps the issue from being closed.

    Raises MoveRefused where one waits for its reply already or it is not this person's to order, ValidationError
    without a text and for a day that is past or none to work on.
    """
    keeper = begin(issue, Action.SUPERVISE, actor)
    issue = keeper.issue
    errors = {}
    if not text.strip():
        errors["text"] = _("请写明督办要求。")
    if reply_by < keeper.today or reply_by > keeper.calendar.last or not keeper.calendar.is_working(reply_by):
        errors["reply_by"] = _("回复期限须是今天或以后的工作日。")
    if errors:
        raise ValidationError(errors)
    order = Supervision.objects.create(
        issue=issue, text=text, reply_by=reply_by, ordered_by=actor, ordered_at=keeper.at
    )
    words = _("%(day)s前回复") % {"day": reply_by}
    move(issue, EventKind.SUPERVISED, actor=actor, at=keeper.at, note=f"{text}\n{words}")
    inform(
        responsible_for(issue),
        issue,
        keeper,
        kind=NoticeKind.SUPERVISED,
        cause=f"supervision/{order.pk}",
        reply_by=reply_by.isoformat(),
    )
    return order


@transaction.atomic
def answer_supervision(issue: Issue, *, reply: str, actor: User) -> Supervision:
    """The lead unit's reply. Raises MoveRefused where nothing waits for one, ValidationError for an empty one."""
    keeper = begin(issue, Action.ANSWER_SUPERVISION, actor)
    issue = keeper.issue
    if not reply.strip():
        raise ValidationError({"reply": _("请写明回复。")})
    order = issue.supervisions.select_related("ordered_by").get(replied_at=None)
    order.reply, order.replied_by, order.replied_at = reply, actor, keeper.at
    order.save(update_fields=["reply", "replied_by", "replied_at"])
    settle(f"supervision/{order.pk}", keeper.at)
    move(issue, EventKind.SUPERVISION_ANSWERED, actor=actor, at=keeper.at, note=reply)
    inform(
        [order.ordered_by],
        issue,
        keeper,
        kind=NoticeKind.SUPERVISION_ANSWERED,
        cause=f"supervision-reply/{order.pk}",
    )
    return order
