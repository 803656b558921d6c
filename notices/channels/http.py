"""What robots and webhooks share: a POST through the guarded door, and what its failure means."""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

from django.utils.translation import gettext as _

from config.clock import SHANGHAI, now
from notices.channels.outcome import NotDelivered
from notices.outgoing import Answer, NotReached, TargetRefused, post

GONE, TOO_MANY = 410, 429
A_MINUTE, LONGEST_WAIT = timedelta(minutes=1), timedelta(days=1)


def send(address: str, body: bytes, headers: Mapping[str, str] | None = None, *, want: int = 0) -> Answer:
    """The answer with a 2xx status. Raises NotDelivered."""
    try:
        answer = post(address, body, {"User-Agent": "Liandian/1", **(headers or {})}, want=want)
    except TargetRefused as refusal:
        raise NotDelivered(str(refusal), is_final=True) from None
    except NotReached as trouble:
        raise NotDelivered(str(trouble)) from None
    if 200 <= answer.status < 300:
        return answer
    reason = _("答复HTTP %(status)s") % {"status": answer.status}
    wait = retry_after(answer) or (A_MINUTE if answer.status == TOO_MANY else None)
    raise NotDelivered(reason, is_final=answer.status == GONE, wait=wait)


def retry_after(answer: Answer) -> timedelta | None:
    """How long the receiver asks us to wait, by its Retry-After: seconds or a date."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=SHANGHAI)
    return min(max(at - now(), timedelta(0)), LONGEST_WAIT)
