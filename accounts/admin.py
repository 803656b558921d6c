"""Accounts and tokens: pages of the security administrator. Units: of the system administrator (accounts.rights)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import leaving
from accounts.guards import NotOpen
from accounts.models import ADMINISTRATORS, OF_A_UNIT, ApiToken, DatedSetting, Role, Unit, User
from accounts.services import find_place, save_unit
from config.clock import today
from workdays.admin import ReadOnlyAdmin, SavedOnceAdmin

admin.site.site_header = admin.site.site_title = _("联点 · 系统管理")


def _sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """One door for everybody: strangers sign in on the house's own page, others learn that this is not theirs."""
    if request.user.is_authenticated:
        raise NotOpen(_("这里由系统管理员和安全管理员维护。"))
    return redirect_to_login(request.GET.get("next", request.get_full_path()))


def _may_enter(request: HttpRequest) -> bool:
    """By the role alone: `is_staff` would be a second word on it."""
    return request.user.is_active and getattr(request.user, "administers", False)


admin.site.login = _sign_in  # type: ignore[method-assign] # how Django lets a site bring its own
admin.site.has_permission = _may_enter  # type: ignore[method-assign] # as above
# Rights come with the role, one a person; groups would be a second way to give them.
admin.site.unregister(Group)


def _check_unit(form: forms.ModelForm) -> None:  # type: ignore[type-arg] # not a generic class at run time
    data = form.cleaned_data
    if data.get("role") in OF_A_UNIT and "unit" in form.fields and data.get("unit") is None:
        form.add_error("unit", _("这个角色要有单位。"))


# The three administrators are made on the server (`manage.py create_user`): whoever could make one here could become
# one of the other two, and look over his own shoulder.
GIVEN_HERE = [(role.value, role.label) for role in Role if role not in ADMINISTRATORS]


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg] # as above
    class Meta:
        model = User
        fields = ("username", "name", "role", "unit", "phone", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = GIVEN_HERE  # type: ignore[attr-defined] # a field of choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        _check_unit(self)
        return cleaned


class UserForm(UserChangeForm):  # type: ignore[type-arg] # as above
    class Meta:
        model = User
        fields = ("username", "password", "name", "role", "unit", "phone", "email", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.fields["role"].choices = GIVEN_HERE  # type: ignore[attr-defined] # as above

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        _check_unit(self)
        leaving.check_form(self)
        return cleaned


@admin.register(User)
class UserAdmin(SavedOnceAdmin, StockUserAdmin):  # type: ignore[type-arg] # as above
    """An account is disabled, never deleted: what its person did stays theirs.

    Nobody changes the own account here. Another administrator's can be disabled and enabled, no more: a password set
    for it would be a way into it.
    """

    form, add_form = UserForm, NewUserForm
    list_display = ("username", "name", "role", "unit", "is_active", "last_login")
    list_filter = ("role", "is_active")
    list_select_related = ("unit",)
    search_fields = ("username", "name")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("name", "role", "unit", "phone", "email", "is_active")}),
        (None, {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        (None, {"fields": ("name", "role", "unit", "phone", "email")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """An officer's unit is the home unit: it moves with the register."""
        fixed = super().get_readonly_fields(request, obj)
        if obj is not None and obj.role in ADMINISTRATORS:
            return (*fixed, "username", "name", "role", "unit", "phone", "email")
        moves_with_register = ("role", "unit") if obj is not None and hasattr(obj, "officer") else ()
        return (*fixed, *moves_with_register)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Of an administrator's password there is nothing to see, not even how it is kept."""
        if obj is not None and obj.role in ADMINISTRATORS:
            return ((None, {"fields": ("username",)}), *self.fieldsets[1:])
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - Django's name
        user = self.get_object(request, id)
        if user is not None and user.role in ADMINISTRATORS:
            raise PermissionDenied(_("管理员的密码由本人在“修改密码”页更换，忘记时在服务器上重设。"))
        return super().user_change_password(request, id, form_url)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UnitForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    def clean(self) -> dict[str, Any]:
        """The tree as it is now stands still until the unit is saved, in the same transaction."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if parent := cleaned.get("parent"):
            find_place(self.instance, parent.pk)
        return cleaned


@admin.register(Unit)
class UnitAdmin(SavedOnceAdmin):
    form = UnitForm
    list_display = ("code", "name", "kind", "parent")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("code", "name", "name_en")
    ordering = ("path",)

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> Any:
        return ("code",) if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        save_unit(obj)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Made by `manage.py create_token`, which shows the text once; deleting one here takes it back at once."""

    list_display = ("name", "user", "scopes", "token_key", "expiry", "last_used_on")
    list_select_related = ("user",)
    fields = ("name", "user", "scopes", "token_key", "created", "expiry", "last_used_on")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(ReadOnlyAdmin, self).has_delete_permission(request, obj)


class DatedSettingForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    def clean_valid_from(self) -> Any:
        if self.cleaned_data["valid_from"] < today():
            raise ValidationError(_("生效日期不能早于今天：已经按旧规定办的不改。"))
        return self.cleaned_data["valid_from"]


class DatedSettingAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """A new number is a new row from a day on (R9). A row that has come into force is history."""

    form = DatedSettingForm
    ordering = ("-valid_from", "-pk")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_in_force(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_in_force(obj)

    def get_actions(self, request: HttpRequest) -> Any:
        return {}  # the deletion of many asks for no row's permission


class LookUpAdmin(ReadOnlyAdmin):
    """Rows of cases, to look up; of each table only `mendable` fields may be written, in which a slip of the pen
    changes no state and no date. The log has what stood there before."""

    mendable: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False  # the pages of cases are not an administrator's

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.mendable) and super(ReadOnlyAdmin, self).has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What can be mended first."""
        return (*self.mendable, *self.get_readonly_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = [field.name for field in self.opts.fields]
        return tuple(name for name in names if name not in self.mendable)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if form.changed_data:
            self.mend(obj, form.changed_data)

    def mend(self, row: Any, names: list[str]) -> None:
        """Writes these fields and no other: somebody may be at work on the row."""
        row.save(update_fields=names)


def _is_in_force(setting: DatedSetting | None) -> bool:
    return setting is not None and setting.valid_from <= today()
