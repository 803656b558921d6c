"""Mail to one person. The address is the person's present one: a corrected address lets a dead letter arrive."""

import smtplib
from datetime import timedelta
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from notices.channels.outcome import NotDelivered
from notices.links import site_host
from notices.models import Delivery
from notices.outgoing import within
from notices.ways_in import body_for

# Each read has EMAIL_TIMEOUT; this is for all of them together, well below the lease.
WHOLE_SECONDS = 30.0
# A server that fell silent may have taken the mail, or take it yet: a repeat within seconds would be a second mail.
UNSURE = timedelta(minutes=5)


class Mail:
    """The repeat of a mail has the same Message-ID, by which mail programs show it once."""

    def send(self, delivery: Delivery) -> None:
        if not settings.MAIL_IS_ON:  # the backend that then stands in would take it and say nothing
            raise NotDelivered(_("没有设置邮件服务器（EMAIL_URL）"))
        person = delivery.recipient
        if person is None or not person.email or not person.is_active:
            raise NotDelivered(_("收件人没有邮箱地址或已停用"), is_pointless=True, blames_channel=False)
        message = EmailMessage(
            subject=delivery.content["subject"],
            body=body_for(person, delivery.content, delivery.created_at),
            to=[formataddr((person.name, person.email))],
            headers={"Message-ID": f"<{delivery.pk}@{site_host()}>", "Auto-Submitted": "auto-generated"},
            connection=get_connection(),
        )
        try:
            within(WHOLE_SECONDS, message.send)
        except smtplib.SMTPRecipientsRefused as refusal:
            codes = [code for code, _words in refusal.recipients.values()]
            raise _refused(_("邮箱地址被拒绝"), max(codes)) from None
        except smtplib.SMTPDataError as refusal:
            raise _refused(_("邮件被拒绝"), refusal.smtp_code) from None
        except smtplib.SMTPResponseException as trouble:
            raise NotDelivered(_("邮件服务器答复%(code)s") % {"code": trouble.smtp_code}) from None
        except TimeoutError:
            raise NotDelivered(_("邮件服务器超时"), rest=UNSURE) from None
        except smtplib.SMTPServerDisconnected as trouble:
            words = _("邮件服务器连接失败：%(why)s") % {"why": type(trouble).__name__}
            raise NotDelivered(words, rest=UNSURE) from None
        except (OSError, smtplib.SMTPException) as trouble:
            raise NotDelivered(_("邮件服务器连接失败：%(why)s") % {"why": type(trouble).__name__}) from None


def _refused(words: str, code: int) -> NotDelivered:
    """A 5xx is for good, a 4xx for now; both are about this one message."""
    reason = _("%(words)s（%(code)s）") % {"words": words, "code": code}
    return NotDelivered(reason, is_final=500 <= code < 600, blames_channel=False)
