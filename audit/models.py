"""The log: what happened, and the chain that shows that nobody rewrote it.

An entry is written in the transaction of its cause: by a trigger (config.ledger.audited) or by audit.services.record.
Links are made by the database when that transaction commits, one after the other, so that their numbers have no gap
and follow the order of commits. They are made in the second round of deferred triggers: by then every other check of
the transaction is over, and whoever holds the lock of the chain waits for nobody.
"""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from config.ledger import UNCHANGEABLE


class Action(models.TextChoices):
    SIGN_IN = "sign_in", _("登录")
    SIGN_OUT = "sign_out", _("退出")
    PASSWORD = "password", _("更换密码")
    UNLOCK = "unlock", _("解除锁定")
    CREATE = "create", _("新增")
    CHANGE = "change", _("修改")
    DELETE = "delete", _("删除")
    MOVE = "move", _("办理")
    DECIDE = "decide", _("审批")
    REVEAL = "reveal", _("查看号码")
    EXPORT = "export", _("导出")
    IMPORT = "import", _("导入")
    SEND = "send", _("重发或放弃消息")
    VERIFY = "verify", _("核对记录")


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> Self:
        """R58: the auditor, who reads logs and nothing else."""
        return self if user.role == Role.AUDIT_ADMIN else self.none()

    def editable_by(self, user: User) -> Self:
        return self.none()


class AuditEntry(models.Model):
    """One act. `actor` is null where nobody was signed in: a command, or a sign-in that failed.

    `subject` is the table of what was acted on, `key` its row there, `label` what people call it. `detail` holds the
    values as `name: value`, of a change as `name: [old, new]`.
    """

    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+")
    actor_name = models.CharField(_("人员"), max_length=50, blank=True, default="")
    actor_role = models.CharField(_("角色"), max_length=20, choices=Role, blank=True, default="")
    source = models.GenericIPAddressField(_("来源地址"), null=True)
    action = models.CharField(_("操作"), max_length=10, choices=Action)
    subject = models.CharField(_("对象"), max_length=40, blank=True, default="")
    key = models.CharField(max_length=64, blank=True, default="")
    label = models.CharField(_("名称"), max_length=200, blank=True, default="")
    is_success = models.BooleanField(_("成功"), default=True)
    detail = models.JSONField(_("内容"), default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        indexes = (
            models.Index(fields=["actor", "-id"], name="auditentry_of_actor"),
            models.Index(fields=["subject", "key", "-id"], name="auditentry_of_subject"),
            models.Index(fields=["action", "-id"], name="auditentry_of_action"),
            models.Index(fields=["at"], name="auditentry_at"),
            # What a lock looks at: the recent sign-ins under a name.
            models.Index(
                fields=["label", "-at"], condition=Q(action__in=["sign_in", "unlock"]), name="auditentry_sign_ins"
            ),
        )
        triggers = (
            *UNCHANGEABLE,
            pgtrigger.Trigger(
                name="wait_for_link",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="INSERT INTO audit_unlinked (entry_id) VALUES (NEW.id); RETURN NULL;",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.label}"


class Unlinked(models.Model):
    """An entry between the two rounds of a commit. Outside of one the table is empty."""

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, db_constraint=False, related_name="+")

    class Meta:
        triggers = (
            pgtrigger.Trigger(
                name="link",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="PERFORM audit_link(NEW.entry_id); RETURN NULL;",
            ),
        )

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditLink(models.Model):
    """The place of an entry in the chain: SHA-256 of the link before, this number and the entry's text."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="link")
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return f"{self.number}: {bytes(self.hash).hex()}"


class Verification(models.Model):
    """The chain was looked through. Each sound one is an anchor: a later one fails where that link is not there."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    number = models.BigIntegerField()
    hash = models.BinaryField()
    is_sound = models.BooleanField()
    faults = models.JSONField(default=list)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ("-pk",)
        get_latest_by = "pk"
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.number}"
