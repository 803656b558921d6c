"""What happened to an issue."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.ledger import BY_A_PERSON, UNCHANGEABLE, audited
from issues.models.deadlines import Deadline
from issues.models.issue import Issue


class EventKind(models.TextChoices):
    REGISTERED = "registered", _("登记")
    ANSWERED = "answered", _("当场答复")
    PLAN_CONFIRMED = "plan_confirmed", _("确定解决方案")
    PLAN_MOVED = "plan_moved", _("调整方案承诺日")
    REFERRED = "referred", _("交办")
    SIGNED = "signed", _("签收")
    RETIERED = "retiered", _("调整类别")
    EXTENDED = "extended", _("延期")
    SUSPENDED = "suspended", _("挂账")
    RESUMED = "resumed", _("恢复计时")
    REQUESTED = "requested", _("提出申请")
    REQUEST_REFUSED = "request_refused", _("申请未同意")
    CALENDAR_REVISED = "calendar_revised", _("日历调整，到期日重算")
    REVIEWED = "reviewed", _("到期日复核")
    RESOLVED = "resolved", _("办结")
    WARNED = "warned", _("预警已送达")
    ACKNOWLEDGED = "acknowledged", _("已知悉预警")
    GRADED = "graded", _("定级")
    RETURNED = "returned", _("退回")
    REASSIGNED = "reassigned", _("改派")
    RETURN_REFUSED = "return_refused", _("驳回退回")
    SUPPORT_ANSWERED = "support_answer", _("协办单位答复")
    CONFIRMED = "confirmed", _("平台确认")
    UNANSWERED = "unanswered", _("平台未反馈")
    REOPENED = "reopened", _("重办")
    CLOSED = "closed", _("销号")
    MERGED = "merged", _("并案")
    TOOK_IN = "took_in", _("并入一件")
    WITHDRAWN = "withdrawn", _("撤回")
    REMINDED = "reminded", _("催办")
    SUPERVISED = "supervised", _("督办")
    SUPERVISION_ANSWERED = "supervise_reply", _("督办回复")
    EDITED = "edited", _("修改")
    RESTATED = "restated", _("状态细分")
    FOLLOWED_UP = "followed_up", _("回访")
    ASKED_AGAIN = "asked_again", _("再次请平台确认")
    LETTER = "letter", _("起草请示或函")
    HANDED_OVER = "handed_over", _("移交承办人")
    COMMENTED = "commented", _("留言")
    ATTACHED = "attached", _("上传附件")


class Event(models.Model):
    """What happened, append-only: the issue's timeline. `actor` is null when a job did it."""

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="events", verbose_name=_("问题"))
    kind = models.CharField(_("事项"), max_length=16, choices=EventKind)
    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("人员")
    )
    before = models.CharField(_("之前"), max_length=16, blank=True, default="")
    after = models.CharField(_("之后"), max_length=16, blank=True, default="")
    note = models.TextField(_("内容"), blank=True, default="")
    deadline = models.ForeignKey(
        Deadline, models.PROTECT, null=True, db_index=False, related_name="events", verbose_name=_("到期日")
    )

    class Meta:
        verbose_name = _("办理经过")
        verbose_name_plural = _("办理经过")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["issue", "-at"], name="event_timeline"),)
        triggers = (
            *UNCHANGEABLE,
            # What a person did; a recount that a person set off writes hundreds of thousands and is in the log as one.
            audited(
                *("kind", "before", "after"),
                label="(SELECT number FROM issues_issue WHERE id = r.issue_id)",
                key="r.issue_id",
                subject="'issues_issue'",
                action="'move'",
                operation=pgtrigger.Insert,
                condition=f"{BY_A_PERSON} AND NEW.actor_id IS NOT NULL AND NEW.kind <> 'calendar_revised'",
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id} {self.kind}"
