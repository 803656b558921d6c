"""The register of platforms: what each is, where it belongs, whom to call there."""

from typing import Any, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import DatedSetting, NamedInTwoLanguages, Unit, User
from config.clock import now, today
from config.ledger import audited


class Level(models.TextChoices):
    NATIONAL = "national", _("国家级")
    PROVINCIAL = "provincial", _("省部级")
    MUNICIPAL = "municipal", _("市级")


class PlatformType(NamedInTwoLanguages):
    code = models.CharField(_("代码"), max_length=10, unique=True)
    level = models.CharField(_("级别"), max_length=10, choices=Level)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("平台类型")
        verbose_name_plural = _("平台类型")
        triggers = (audited("code", "name", "name_en", "level", label="r.code || ' ' || r.name"),)


class TechDomain(NamedInTwoLanguages):
    code = models.CharField(_("代码"), max_length=4, unique=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("技术领域")
        verbose_name_plural = _("技术领域")
        triggers = (audited("code", "name", "name_en", label="r.code || ' ' || r.name"),)


class District(NamedInTwoLanguages):
    """A district, county, new area or park: where a platform stands. National code, or the park's own."""

    code = models.CharField(_("代码"), max_length=10, unique=True)
    kind = models.CharField(pgettext_lazy("sort", "类别"), max_length=10)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("区县(市)或园区")
        verbose_name_plural = _("区县(市)和园区")
        triggers = (audited("code", "name", "name_en", "kind", label="r.code || ' ' || r.name"),)


class PlatformQuerySet(models.QuerySet["Platform"]):
    def visible_to(self, user: User) -> Self:
        """R58: officers their own and, while they stand in for a colleague on leave, that one's; units those of their
        officers or under their competence; the rest by role."""
        if user.sees_everything:
            return self
        if user.is_officer:
            return self.filter(pk__in=self._assigned(user=user).union(self._stood_in_for_by(user)))
        if user.sees_unit:
            units = Unit.objects.under(user.unit).values("pk")
            return self.filter(Q(pk__in=self._assigned(home_unit__in=units)) | Q(competent_unit__in=units))
        if user.is_contact:
            return self.filter(pk__in=PlatformContact.objects.filter(user=user).values("platform"))
        return self.none()

    def editable_by(self, user: User) -> Self:
        return self if user.keeps_register else self.none()

    def contacted_by(self, user: User) -> Self:
        """The platforms a visit may be logged for: the officer's own; all of them for those who keep the register."""
        if user.keeps_register:
            return self
        return self.visible_to(user) if user.is_officer else self.none()

    def in_pinyin_order(self) -> Self:
        return self.order_by("sort_key", "pk")

    @staticmethod
    def _assigned(**officer: Any) -> "models.QuerySet[Any, int]":
        """Keys of the platforms whose current officer matches; a subquery keeps one row a platform."""
        lookup = {f"officer__{field}": value for field, value in officer.items()}
        # Asked of the assignments alone: their table knows all that is needed.
        assignments: Any = Platform._meta.get_field("assignments").related_model
        rows: models.QuerySet[Any, int] = assignments.objects.filter(ended_on=None, **lookup)
        return rows.order_by().values_list("platform", flat=True)

    @classmethod
    def _stood_in_for_by(cls, user: User) -> "models.QuerySet[Any, int]":
        """Keys of the platforms whose current officer is on leave today with `user` as deputy."""
        absent = {
            "absences__deputy__user": user,
            "absences__cancelled_at": None,
            "absences__starts_on__lte": today(),
            "absences__ends_on__gte": today(),
        }
        return cls._assigned(**absent)


class Platform(models.Model):
    """A high-level innovation platform. `code` is the bureau's number for it and the key of imports."""

    code = models.CharField(_("编号"), max_length=20, unique=True)
    name = models.CharField(_("平台名称"), max_length=200)
    sort_key = models.CharField(_("拼音排序"), max_length=400, editable=False, db_index=True)
    former_names = ArrayField(models.CharField(max_length=200), default=list, blank=True, verbose_name=_("曾用名"))
    # What a search looks through (platforms.search): the name and the former ones, a line each.
    folded_names = models.GeneratedField(
        expression=models.Func("name", "former_names", function="search_fold_names"),
        output_field=models.TextField(),
        db_persist=True,
        verbose_name=_("检索名称"),
    )
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    type = models.ForeignKey(PlatformType, models.PROTECT, related_name="platforms", verbose_name=_("平台类型"))
    competent_unit = models.ForeignKey(Unit, models.PROTECT, related_name="platforms", verbose_name=_("归口部门"))
    host_institution = models.CharField(_("依托单位"), max_length=200)
    district = models.ForeignKey(District, models.PROTECT, related_name="platforms", verbose_name=_("区县(市)或园区"))
    tech_domain = models.ForeignKey(
        TechDomain, models.PROTECT, null=True, blank=True, related_name="platforms", verbose_name=_("技术领域")
    )
    address = models.CharField(_("地址"), max_length=200, blank=True, default="")
    is_sensitive = models.BooleanField(
        _("敏感平台"), default=False, help_text=_("涉及国防等敏感内容的平台只登记可公开的信息。")
    )
    batch = models.PositiveSmallIntegerField(_("批次"), default=1)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        verbose_name = _("平台")
        verbose_name_plural = _("平台")
        indexes = (models.Index(fields=["level", "sort_key"], name="platform_level_name"),)
        triggers = (
            audited(
                *("code", "name", "former_names", "level", "type_id", "competent_unit_id", "host_institution"),
                *("district_id", "tech_domain_id", "address", "is_sensitive", "batch"),
                label="r.code || ' ' || r.name",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_key = pinyin_key(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("platforms:detail", args=[self.pk])

    def clean(self) -> None:
        if self.type_id and self.type.level != self.level:
            raise ValidationError(
                {
                    "level": _("“%(type)s”属于%(level)s。")
                    % {"type": self.type.label, "level": self.type.get_level_display()}
                }
            )


class PlatformContactQuerySet(models.QuerySet["PlatformContact"]):
    def visible_to(self, user: User) -> Self:
        """Beside their platform, to those who work here; what is masked of them is the page's business (R57)."""
        return self.filter(platform__in=Platform.objects.visible_to(user)) if user.reads_cases else self.none()

    def editable_by(self, user: User) -> Self:
        """Who gives them a link: the platform's officer, and those who keep the register."""
        return self.filter(platform__in=Platform.objects.contacted_by(user))


class PlatformContact(models.Model):
    """The platform's own person. Shown masked except to the platform's officer (R57)."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="contacts", verbose_name=_("平台"))
    name = models.CharField(_("姓名"), max_length=50)
    position = models.CharField(_("职务"), max_length=50, blank=True, default="")
    phone = models.CharField(_("电话"), max_length=20, blank=True, default="")
    email = models.EmailField(_("邮箱"), blank=True, default="")
    is_primary = models.BooleanField(_("联络员"), default=False)
    # Who came by a link is signed in as this account (Role.PLATFORM_CONTACT); none until the first link is made.
    user = models.OneToOneField(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="platform_contact",
        verbose_name=_("账号"),
    )

    objects = PlatformContactQuerySet.as_manager()

    class Meta:
        ordering = ("-is_primary", "pk")
        verbose_name = _("平台联系人")
        verbose_name_plural = _("平台联系人")
        triggers = (
            audited(
                *("platform_id", "position", "is_primary", "user_id"),
                masked=("name", "phone"),
                label="(SELECT name FROM platforms_platform WHERE id = r.platform_id)",
            ),
        )

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        return f"{self.name[:1]}*"

    @property
    def masked_phone(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-4:]}" if len(self.phone) >= 11 else "****" if self.phone else ""

    @property
    def masked_email(self) -> str:
        name, at, host = self.email.partition("@")
        return f"{name[:1]}***{at}{host}" if at else ""


class LinkRule(DatedSetting):
    """How long a contact's way in lasts: the link, the address in a mail, and a session in which nothing happens."""

    days = models.PositiveSmallIntegerField(_("链接有效天数"))
    mail_days = models.PositiveSmallIntegerField(_("邮件中的链接有效天数"))
    idle_minutes = models.PositiveSmallIntegerField(_("无操作退出(分钟)"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("联络员链接期限")
        verbose_name_plural = _("联络员链接期限")
        constraints = (
            models.CheckConstraint(
                name="linkrule_lasts_and_ends",
                condition=Q(days__range=(1, 366), mail_days__gte=1, mail_days__lte=F("days"))
                & Q(idle_minutes__range=(5, 720)),
            ),
        )
        triggers = (audited("valid_from", "note", "days", "mail_days", "idle_minutes", label="r.valid_from"),)

    def __str__(self) -> str:
        return f"{self.days}/{self.mail_days}/{self.idle_minutes} ({self.valid_from})"


class ContactLinkQuerySet(models.QuerySet["ContactLink"]):
    def live(self) -> Self:
        """Those that open the door now."""
        return self.filter(revoked_at=None, expires_at__gt=now(), user__is_active=True)


class ContactLink(models.Model):
    """A way in for a platform's contact: whoever has the link is the contact (platforms.links).

    Only the digest of its text is kept: the text has 256 random bits, so that a digest without salt is enough. The
    account, not the contact, bears it: what a person did stays theirs when the register names somebody else.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="contact_links")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ContactLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None), name="contactlink_one_unrevoked_a_person"
            ),
            models.CheckConstraint(name="contactlink_ends_after_it_begins", condition=Q(expires_at__gt=F("made_at"))),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.expires_at:%Y-%m-%d}"

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > now()


class LinkEventKind(models.TextChoices):
    MADE = "made", _("生成链接")
    MAILED = "mailed", _("寄出邮件")
    USED = "used", _("进入")
    REVOKED = "revoked", _("撤销链接")


class ContactLinkEvent(models.Model):
    """What happened to a link, append-only. `actor` used it, made it, took it back; null where the register's change
    of person did."""

    link = models.ForeignKey(ContactLink, models.PROTECT, db_index=False, related_name="events")
    kind = models.CharField(max_length=8, choices=LinkEventKind)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["link", "-at"], name="contactlinkevent_of_link"),)
        triggers = (
            pgtrigger.Protect(name="refuse_update", operation=pgtrigger.Update),
            pgtrigger.Protect(name="refuse_delete", operation=pgtrigger.Delete),
        )

    def __str__(self) -> str:
        return f"{self.link_id} {self.kind}"


class FailedEntry(models.Model):
    """A link that no link is, tried from somewhere. `source` is a keyed digest of the address, kept for a day."""

    source = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["source", "at"], name="failedentry_of_source"),
            models.Index(fields=["at"], name="failedentry_at"),
        )

    def __str__(self) -> str:
        return f"{self.source[:8]} {self.at:%Y-%m-%d %H:%M}"


def pinyin_key(name: str) -> str:
    """The name in pinyin without tones, to sort by: no PostgreSQL build sorts Chinese that way by itself."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 0.35 s of dictionaries that only a changed name needs

    return " ".join(lazy_pinyin(name)).lower()[:400]
