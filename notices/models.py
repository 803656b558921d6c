"""The outbox: what has to be told, to whom, through which channel, and what became of it.

An entry is a row written in the transaction of its cause: a `Notice` to one person, an `Announcement` to a channel.
`notices.outbox` puts entries that may go out into a `Delivery`, one outside message with an id of its own, and sends
it.
"""

import uuid
from datetime import datetime
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from config.ledger import audited, change_of
from notices.sentences import sentence_of


class ChannelKind(models.TextChoices):
    MAIL = "mail", _("邮件")
    WECOM = "wecom", _("企业微信机器人")
    DINGTALK = "dingtalk", _("钉钉机器人")
    FEISHU = "feishu", _("飞书机器人")
    WEBHOOK = "webhook", _("通用Webhook")


ROBOTS = (ChannelKind.WECOM, ChannelKind.DINGTALK, ChannelKind.FEISHU)


class Channel(models.Model):
    """A way out of the house: the mail server, a group's robot, another system.

    A unit's channel carries what concerns issues that the unit or one below it leads; without a unit, everything.
    `levels` are the warning levels it wants. Mail has no address of its own: it goes to each person's.
    """

    name = models.CharField(_("名称"), max_length=50, unique=True)
    kind = models.CharField(_("类型"), max_length=10, choices=ChannelKind)
    address = models.CharField(_("地址"), max_length=500, blank=True, default="")
    secret = models.CharField(_("签名密钥"), max_length=200, blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    levels = ArrayField(models.CharField(max_length=10), default=list, blank=True, verbose_name=_("预警级别"))
    per_minute = models.PositiveSmallIntegerField(_("每分钟最多条数"), default=20)
    is_enabled = models.BooleanField(_("启用"), default=True)
    failing_since = models.DateTimeField(_("失败始于"), null=True, editable=False)
    # When the last of these tries failed: a channel that nobody tries does not go on failing.
    failed_at = models.DateTimeField(_("最近失败时间"), null=True, editable=False)
    # The receiver asked for silence until then.
    paused_until = models.DateTimeField(_("暂停至"), null=True, editable=False)
    disabled_at = models.DateTimeField(_("停用时间"), null=True, editable=False)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("通知渠道")
        verbose_name_plural = _("通知渠道")
        constraints = (
            models.CheckConstraint(
                name="channel_outside_has_an_address", condition=Q(kind=ChannelKind.MAIL) | ~Q(address="")
            ),
            models.CheckConstraint(name="channel_may_send_something", condition=Q(per_minute__gte=1)),
        )
        triggers = (
            # The address of a robot holds its key.
            audited(
                *("name", "kind", "unit_id", "levels", "per_minute", "is_enabled"),
                hidden=("address", "secret"),
                label="r.name",
            ),
        )

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已送达")
    DEAD = "dead", _("未能送达")
    GIVEN_UP = "given_up", _("不再发送")


class Delivery(models.Model):
    """One outside message. Its id and content stay the same however often it is tried: a repeat is recognisable.

    `leased_until`: somebody is sending it; past that moment whoever comes next tries again. `attempted_at` is when the
    last try began. A dead one waits for a person, who resends it or gives it up. An urgent one goes to people at night
    and on days off, too; any other then waits for the morning.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="deliveries", verbose_name=_("渠道"))
    recipient = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, related_name="deliveries", verbose_name=_("收件人")
    )
    content = models.JSONField(_("内容"))
    state = models.CharField(_("状态"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    is_urgent = models.BooleanField(_("紧急"), default=False, db_default=False)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    next_attempt_at = models.DateTimeField(_("下次尝试"))
    leased_until = models.DateTimeField(_("占用至"), null=True)
    attempted_at = models.DateTimeField(_("最近尝试"), null=True)
    last_error = models.CharField(_("最近错误"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("生成时间"))
    sent_at = models.DateTimeField(_("送达时间"), null=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        verbose_name = _("发送记录")
        verbose_name_plural = _("发送记录")
        indexes = (
            models.Index(
                fields=["channel", "next_attempt_at"],
                condition=Q(state=DeliveryState.WAITING),
                name="delivery_waiting",
            ),
            models.Index(fields=["created_at"], condition=Q(state=DeliveryState.DEAD), name="delivery_dead"),
        )
        constraints = (
            models.CheckConstraint(
                name="delivery_sent_exactly_with_its_moment",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | ~Q(state=DeliveryState.SENT) & Q(sent_at=None),
            ),
        )
        triggers = (
            # Tried out, sent again or given up by a person.
            audited(
                "state",
                label="(SELECT name FROM notices_channel WHERE id = r.channel_id)",
                action="'send'",
                operation=pgtrigger.Insert | change_of("state"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Try(models.Model):
    """One try to send through a channel, kept for the minute in which the channel's limit counts it."""

    channel = models.ForeignKey(Channel, models.CASCADE, db_index=False, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["channel", "at"], name="try_of_the_last_minute"),)

    def __str__(self) -> str:
        return f"{self.channel_id} {self.at}"


class NoticeKind(models.TextChoices):
    """What happened; the words shown to the reader are made from the kind and the entry's data."""

    HALF = "half", _("过半")
    NEARING = "nearing", _("临期")
    DUE_TODAY = "due_today", _("今日到期")
    OVERDUE = "overdue", _("逾期")
    DIGEST = "digest", _("每日摘要")
    REFERRED = "referred", _("交办")
    DECIDED = "decided", _("申请结果")
    REQUESTED = "requested", _("待审批")
    DEADLINE_MOVED = "deadline_moved", _("到期日变化")
    ALERT = "alert", _("系统提醒")
    WAY_IN = "way_in", _("专用链接")
    FEEDBACK = "feedback", _("投诉建议")
    FEEDBACK_ANSWERED = "feedback_answered", _("投诉建议答复")
    RAISED = "raised", _("平台提出")
    RETURNED = "returned", _("退回待裁定")
    SUPPORT_ASKED = "support_asked", _("协办")
    SUPPORT_ANSWERED = "support_answered", _("协办答复")
    CONFIRM_ASKED = "confirm_asked", _("请平台确认")
    RESOLVED = "resolved", _("办结")
    UNCONFIRMED = "unconfirmed", _("平台还没有确认")
    REOPENED = "reopened", _("重办")
    WITHDRAWN = "withdrawn", _("撤回")
    ANSWERED = "answered", _("一并答复")
    MOVED_ON = "moved_on", _("主办单位")
    PLANNED = "planned", _("确定解决方案")
    DISAGREED = "disagreed", _("协办有不同意见")
    PROMISE = "promise", _("过期未复")
    CALL_ASKED = "call_asked", _("请回访")
    MERGED = "merged", _("并案")
    REMINDED = "reminded", _("催办")
    SUPERVISED = "supervised", _("督办")
    SUPERVISION_ANSWERED = "supervision_answered", _("督办回复")
    HANDOVER = "handover", _("移交和代理")
    MENTIONED = "mentioned", _("提到您")


class OutboxEntry(models.Model):
    """What has to be told. `cause` makes it unique: the same cause never tells the same person or channel twice.

    `data` holds what the sentence needs: number, due_on, clock … It goes outside from `send_after` on, to people in
    office hours unless it is urgent; without `send_after` it stays in the inbox. `delivery` is the message that carries
    it, null until one does.
    """

    kind = models.CharField(max_length=20, choices=NoticeKind)
    cause = models.CharField(max_length=80)
    url = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    send_after = models.DateTimeField(null=True)
    is_urgent = models.BooleanField(default=False, db_default=False)
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="%(class)ss")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.data.get('number', '')}"

    @property
    def sentence(self) -> str:
        """What happened, in the language of the moment."""
        return sentence_of(self.kind, self.data)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(recipient=user)

    def editable_by(self, user: User) -> Self:
        return self.visible_to(user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    @transaction.atomic
    def mark_read(self, at: datetime) -> int:
        """How many of them were unread. The rows are locked in one order, as by those who gather them."""
        unread = self.unread().order_by("pk").select_for_update(no_key=True)
        return self.model._default_manager.filter(pk__in=unread.values("pk")).update(read_at=at)


class Notice(OutboxEntry):
    """One message to one person: in the inbox at once, by mail when `send_after` comes."""

    recipient = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="notices")
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["cause", "recipient"], name="notice_once_a_cause_and_person"),)
        indexes = (
            models.Index(fields=["recipient", "-id"], name="notice_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(
                fields=["send_after"], condition=Q(delivery=None, send_after__isnull=False), name="notice_to_send"
            ),
        )


class Announcement(OutboxEntry):
    """The same for a channel that many read: a robot's group, another system."""

    channel = models.ForeignKey(Channel, models.PROTECT, db_index=False, related_name="announcements")

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["cause", "channel"], name="announcement_once_a_cause_and_channel"),
        )
        indexes = (
            models.Index(
                fields=["channel", "send_after"],
                condition=Q(delivery=None, send_after__isnull=False),
                name="announcement_to_send",
            ),
        )


class Heartbeat(models.Model):
    """When a periodic job last finished: one row a job."""

    job = models.CharField(primary_key=True, max_length=20)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job}: {self.beat_at}"


class Alert(models.Model):
    """A trouble that administrators were told of: open from its first sight until it is over, so that it is told
    once."""

    code = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["code"], condition=Q(closed_at=None), name="alert_one_open_a_code"),
        )

    def __str__(self) -> str:
        return self.code
