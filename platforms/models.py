"""The register of platforms: what each is, where it belongs, whom to call there."""

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import NamedInTwoLanguages, Unit, User
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
        """R58: officers their own, units those of their officers or under their competence, the rest by role."""
        if user.sees_everything:
            return self
        if user.is_officer:
            return self.filter(pk__in=self._assigned(user=user))
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
    def _assigned(**officer: Any) -> "models.QuerySet[Platform, int]":
        """Keys of the platforms whose current officer matches; a subquery keeps one row a platform."""
        lookup = {f"assignments__officer__{field}": value for field, value in officer.items()}
        return Platform.objects.filter(assignments__ended_on=None, **lookup).values_list("pk", flat=True)


class Platform(models.Model):
    """A high-level innovation platform. `code` is the bureau's number for it and the key of imports."""

    code = models.CharField(_("编号"), max_length=20, unique=True)
    name = models.CharField(_("平台名称"), max_length=200)
    sort_key = models.CharField(max_length=400, editable=False, db_index=True)
    former_names = ArrayField(models.CharField(max_length=200), default=list, blank=True, verbose_name=_("曾用名"))
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


class PlatformContact(models.Model):
    """The platform's own person. Shown masked except to the platform's officer (R57)."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="contacts")
    name = models.CharField(_("姓名"), max_length=50)
    position = models.CharField(_("职务"), max_length=50, blank=True, default="")
    phone = models.CharField(_("电话"), max_length=20, blank=True, default="")
    is_primary = models.BooleanField(_("联络员"), default=False)
    # Who came by a link is signed in as this account (Role.PLATFORM_CONTACT); none until the first link is made.
    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="platform_contact"
    )

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


def pinyin_key(name: str) -> str:
    """The name in pinyin without tones, to sort by: no PostgreSQL build sorts Chinese that way by itself."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 0.35 s of dictionaries that only a changed name needs

    return " ".join(lazy_pinyin(name)).lower()[:400]
