"""Complaints and suggestions (R55): given by a platform, with or without a name, answered by the commission office."""

import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import now, today
from notices.models import NoticeKind
from notices.services import tell
from platforms.models import PlatformContact
from visits.models import Feedback, FeedbackTerm
from workdays.calendar import current_calendar

# Without the letters and digits that are taken for one another when a code is written down.
SIGNS, LENGTH = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 10


@transaction.atomic
def give_feedback(text: str, *, contact: PlatformContact, is_anonymous: bool) -> Feedback:
    """Brings it to the commission office and to nobody else. Raises ValidationError for an empty text, and
    CalendarCoverageError beyond the calendar."""
    if not text.strip():
        raise ValidationError({"text": _("请写下您的意见。")})
    term = FeedbackTerm.in_force(today())
    feedback = Feedback.objects.create(
        code="".join(secrets.choice(SIGNS) for _place in range(LENGTH)),
        given_by=None if is_anonymous else contact.user,
        platform=None if is_anonymous else contact.platform,
        text=text,
        given_on=today(),
        answer_by=current_calendar().due(today(), term.working_days).on,
    )
    tell(
        User.objects.filter(role=Role.COMMISSION_OFFICE, is_active=True),
        kind=NoticeKind.FEEDBACK,
        cause=f"feedback/{feedback.pk}",
        url=reverse("feedback:detail", args=[feedback.pk]),
        data={"reply_by": feedback.answer_by.isoformat()},
    )
    return feedback


@transaction.atomic
def answer_feedback(feedback: Feedback, *, text: str, actor: User) -> Feedback:
    """Answers it, once. Raises ValidationError for an empty text and for what was answered already."""
    feedback = Feedback.objects.select_for_update(no_key=True).get(pk=feedback.pk)
    if feedback.answered_at is not None:
        raise ValidationError(_("这一条刚刚已经答复过了。"))
    if not text.strip():
        raise ValidationError({"text": _("请写下答复。")})
    feedback.answer, feedback.answered_at, feedback.answered_by = text, now(), actor
    feedback.save(update_fields=["answer", "answered_at", "answered_by"])
    if feedback.given_by is not None:
        tell(
            [feedback.given_by],
            kind=NoticeKind.FEEDBACK_ANSWERED,
            cause=f"feedback-answered/{feedback.pk}",
            url=reverse("contacts:feedback"),
            data={},
        )
    return feedback
