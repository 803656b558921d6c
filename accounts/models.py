"""Units, users and their API tokens. Who may see which row is said by each model's QuerySet, with Scope's help."""

from datetime import date
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from config.ledger import BY_OPERATION, audited
from workdays.models import Calendar


class NamedInTwoLanguages(models.Model):
    """A row the bureau names: Chinese always, English where it has one. `label` follows the reader's language."""

    name = models.CharField(_("名称"), max_length=200)
    name_en = models.CharField(_("英文名称"), max_length=200, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return (self.name_en if (get_language() or "").startswith("en") else "") or self.name


class DatedSetting(models.Model):
    """One of the bureau's numbers, from a day on. The row in force is the newest one not in the future;
    a new number is a new row, so that what was decided under the old one keeps its reason (R9)."""

    valid_from = models.DateField(_("生效日期"))
    note = models.CharField(_("依据"), max_length=200, blank=True, default="")

    class Meta:
        abstract = True
        ordering = ("-valid_from", "-pk")

    @classmethod
    def in_force(cls, day: date) -> Self:
        """The row that holds on a day. Raises DoesNotExist where none was set by then."""
        return cls._default_manager.filter(valid_from__lte=day).latest("valid_from", "pk")


class UnitKind(models.TextChoices):
    COMMISSION_OFFICE = "commission_office", _("市委科技办")
    MUNICIPAL_BUREAU = "municipal_bureau", _("市级部门")
    DISTRICT = "district", _("区县(市)")
    PARK = "park", _("园区")
    PROVINCIAL = "provincial", _("省级以上部门")


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: "User") -> Self:
        """Names of units are no secret among those who work here; administrators of the log have no use for them."""
        return self if user.reads_cases else self.none()

    def editable_by(self, user: "User") -> Self:
        return self if user.keeps_register else self.none()

    def under(self, unit: "Unit | None") -> Self:
        """The unit and everything below it; nothing for no unit."""
        return self.none() if unit is None else self.filter(path__startswith=unit.path)


class Unit(NamedInTwoLanguages):
    """An organisation in the tree. `path` holds the codes from the root down, each followed by `/`."""

    code = models.CharField(_("代码"), max_length=20, unique=True)
    kind = models.CharField(pgettext_lazy("sort", "类别"), max_length=20, choices=UnitKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级单位")
    )
    path = models.CharField(_("层级路径"), max_length=200, editable=False, db_index=True)
    takes_tiers = ArrayField(models.CharField(max_length=1), default=list, blank=True, verbose_name=_("承接类别"))
    takes_categories = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("承接事项"))
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("地方日历"),
        help_text=_("留空时沿用上级单位的日历，最终为全国日历。"),
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ("path",)
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        triggers = (
            audited(
                *("code", "name", "name_en", "kind", "parent_id", "takes_tiers", "takes_categories", "calendar_id"),
                label="r.code || ' ' || r.name",
            ),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.path = f"{self.parent.path if self.parent else ''}{self.code}/"
        super().save(*args, **kwargs)


class Role(models.TextChoices):
    OFFICER = "officer", _("联点干部")
    CLERK = "clerk", _("承办人")
    UNIT_HEAD = "unit_head", _("单位负责人")
    BUREAU_STAFF = "bureau_staff", _("市科技局工作人员")
    COMMISSION_OFFICE = "commission_office", _("市委科技办")
    LEADER = "leader", _("领导")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")
    API_CLIENT = "api_client", _("接口客户端")
    PLATFORM_CONTACT = "platform_contact", _("平台联络员")


# Whose rights follow from the unit they belong to.
OF_A_UNIT = (Role.OFFICER, Role.CLERK, Role.UNIT_HEAD, Role.API_CLIENT)
SEE_EVERYTHING = (Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER)
CALENDAR_KEEPERS = (Role.BUREAU_STAFF, Role.COMMISSION_OFFICE)
ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


class LiandianUserManager(UserManager["User"]):
    def visible_to(self, user: "User") -> models.QuerySet["User"]:
        """Colleagues, as far as they appear beside cases."""
        return self.all() if user.reads_cases else self.filter(pk=user.pk)


class User(AbstractUser):  # type: ignore[django-manager-missing] # the manager of knox tokens has no types
    """A person, or a client system. One role each: the three administrators are never one person."""

    first_name = None  # type: ignore[assignment] # Chinese names are one field
    last_name = None  # type: ignore[assignment] # as above
    name = models.CharField(_("姓名"), max_length=50)
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("单位"))
    phone = models.CharField(_("电话"), max_length=20, blank=True, default="")

    objects = LiandianUserManager()  # type: ignore[misc] # AbstractUser declares its own manager for the class

    REQUIRED_FIELDS = ["name", "role"]
    _password: str | None  # Django's, which its stubs leave out
    _lost_password = False

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        constraints = (
            models.CheckConstraint(
                name="user_of_a_unit_has_one",
                condition=~Q(role__in=OF_A_UNIT) | Q(unit__isnull=False),
                violation_error_message=_("这个角色须指定所在单位。"),
            ),
        )
        triggers = (
            # Whoever writes it, a person or not: what somebody may do never changes unseen.
            audited(
                *("username", "name", "role", "unit_id", "is_active"),
                amended=("is_superuser", "is_staff"),
                masked=("phone",),
                hidden=("password", "email"),
                label="r.username",
                action=f"CASE WHEN TG_OP = 'UPDATE' AND NEW.password <> OLD.password THEN 'password' "
                f"ELSE {BY_OPERATION} END",
                condition="",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.username

    def set_unusable_password(self) -> None:
        super().set_unusable_password()
        self._lost_password = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Another password, whoever sets it, ends every way in that was open under the old one: the sessions by their
        hash, which is Django's, the tokens here. A client system's tokens are its own way in, and stay."""
        # A hash made anew at sign-in is no other password: Django then leaves `_password` empty.
        is_other = not self._state.adding and (self._password is not None or self._lost_password)
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_other and self.role != Role.API_CLIENT:
                ApiToken.objects.filter(user=self).delete()
        self._lost_password = False

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def sees_everything(self) -> bool:
        """Every platform, visit and issue; a client system of the commission office's own unit included."""
        if self.role == Role.API_CLIENT:
            return self.unit is not None and self.unit.kind == UnitKind.COMMISSION_OFFICE
        return self.role in SEE_EVERYTHING

    @property
    def sees_unit(self) -> bool:
        """The unit's own work and everything below it in the tree."""
        return self.role in (Role.CLERK, Role.UNIT_HEAD, Role.API_CLIENT)

    @property
    def reads_cases(self) -> bool:
        """Whether platforms, visits and issues are this person's business at all. A platform's contact has pages of
        its own, which show nothing of the house."""
        return self.role not in (*ADMINISTRATORS, Role.PLATFORM_CONTACT)

    @property
    def is_told(self) -> bool:
        """Whether notices are written to this person: of cases, or of troubles of the system."""
        return self.reads_cases or self.role in (Role.SYSTEM_ADMIN, Role.PLATFORM_CONTACT)

    @property
    def is_reader(self) -> bool:
        """Reads everything, changes nothing."""
        return self.role == Role.LEADER

    @property
    def has_workbench(self) -> bool:
        """Whether issues wait for this person's own move."""
        return self.role in (Role.OFFICER, Role.CLERK, Role.UNIT_HEAD, Role.COMMISSION_OFFICE)

    @property
    def keeps_register(self) -> bool:
        """Keeps the register of platforms, officers and assignments."""
        return self.role == Role.BUREAU_STAFF

    @property
    def keeps_calendar(self) -> bool:
        """Enters holiday notices, and approves what another of them entered."""
        return self.role in CALENDAR_KEEPERS

    @property
    def administers(self) -> bool:
        """Has pages in the administration: of the system, or of the accounts."""
        return self.role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)

    @property
    def reads_log(self) -> bool:
        """Reads the audit log, and nothing else."""
        return self.role == Role.AUDIT_ADMIN

    @property
    def is_officer(self) -> bool:
        return self.role == Role.OFFICER

    @property
    def is_contact(self) -> bool:
        """The platform's own person, who came by a link."""
        return self.role == Role.PLATFORM_CONTACT


class Scope(models.TextChoices):
    READ_PLATFORMS = "platforms:read", _("读取平台、干部和单位")
    READ_VISITS = "visits:read", _("读取走访记录")
    WRITE_VISITS = "visits:write", _("提交走访记录")
    READ_ISSUES = "issues:read", _("读取问题")
    WRITE_ISSUES = "issues:write", _("办理问题")


class ApiToken(AbstractAuthToken):
    """A client's bearer token: only its digest is stored, `scopes` say which doors it opens."""

    name = models.CharField(_("用途"), max_length=100)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), verbose_name=_("权限"))
    last_used_on = models.DateField(_("最近使用"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        triggers = (audited("name", "scopes", "expiry", "user_id", label="r.name", key="r.token_key", condition=""),)


# Knox names its fields in English only.
for _name, _words in {
    "digest": _("摘要"),
    "token_key": _("令牌开头"),
    "user": _("账号"),
    "created": _("生成时间"),
    "expiry": _("有效期至"),
}.items():
    ApiToken._meta.get_field(_name).verbose_name = _words
