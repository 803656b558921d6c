"""The form of a platform and its contacts."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.columns import CODE, PHONE
from config.fields import WordsField
from platforms.models import Platform, PlatformContact
from platforms.services import ContactEntry, fingerprint

MOST_CONTACTS = 20
REQUIRED = {"required": _("不能为空。"), "invalid_choice": _("没有这一项，请从列表中选。")}


class LinesField(WordsField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        for line in lines:
            if len(line) > 200:
                raise ValidationError(_("每行最多200个字，“%(start)s…”过长。"), params={"start": line[:10]})
        return [line for line in dict.fromkeys(lines) if line]


class PlatformForm(forms.ModelForm):  # type: ignore[type-arg] # not a generic class at run time
    """`seen` carries what the writer started from, so that nobody's work is overwritten unseen."""

    seen = forms.CharField(label=_("版本"), widget=forms.HiddenInput, required=False)
    former_names = LinesField(label=_("曾用名"), required=False, max_length=2000, help_text=_("每行一个。"))

    class Meta:
        model = Platform
        fields = (
            *("code", "name", "former_names", "level", "type", "competent_unit", "host_institution"),
            *("district", "tech_domain", "address", "is_sensitive", "batch"),
        )
        field_classes = dict.fromkeys(("code", "name", "host_institution", "address"), WordsField)
        error_messages = dict.fromkeys(fields, REQUIRED)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("level", "type", "competent_unit", "district", "tech_domain"):
            field = cast("Any", self.fields[name])
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = _("请选择")
            else:
                field.choices = [("", _("请选择")), *list(field.choices)[1:]]
        if self.instance.pk:
            self.initial["seen"] = fingerprint(self.instance)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if not CODE.fullmatch(code):
            raise ValidationError(_("只能用半角的字母、数字、点、横线和下划线。"))
        return code

    def visible_pairs(self) -> list[list[forms.BoundField]]:
        """The fields as the page sets them: short ones side by side."""
        rows = (
            ("code", "batch"),
            ("name",),
            ("level", "type"),
            ("competent_unit", "host_institution"),
            ("district", "tech_domain"),
            ("address",),
            ("former_names",),
            ("is_sensitive",),
        )
        return [[self[name] for name in row] for row in rows]


class ContactForm(forms.ModelForm):  # type: ignore[type-arg] # not a generic class at run time
    """A contact, masked like everywhere else (R57): what is left as it is stays, what is typed replaces it."""

    class Meta:
        model = PlatformContact
        fields = ("name", "position", "phone", "email", "is_primary")
        # The address is checked once the mask is off.
        field_classes = {"name": WordsField, "position": WordsField, "phone": WordsField, "email": WordsField}
        widgets = {"email": forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "off"})}
        error_messages = {"name": {"required": _("请填写姓名；这一行不要了，请勾选“删去”。")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["name"] = self.instance.masked_name
            self.initial["phone"] = self.instance.masked_phone
            self.initial["email"] = self.instance.masked_email

    @property
    def title(self) -> str:
        return f"{_('联系人')} {int((self.prefix or '0').rpartition('-')[2]) + 1}"

    def clean_name(self) -> str:
        return self._unmasked("name", self.instance.masked_name)

    def clean_phone(self) -> str:
        phone = self._unmasked("phone", self.instance.masked_phone)
        if phone and not PHONE.fullmatch(phone):
            raise ValidationError(_("请填写电话号码，例如13812345678。"))
        return phone

    def clean_email(self) -> str:
        email = self._unmasked("email", self.instance.masked_email)
        try:
            validate_email(email) if email else None
        except ValidationError:
            raise ValidationError(_("请填写邮箱地址，例如wang@example.com。")) from None
        return email

    def _unmasked(self, name: str, masked: str) -> str:
        """What stands in the register where the mask of it was left alone."""
        typed = str(self.cleaned_data[name])
        if "*" in typed and typed == masked:
            return str(getattr(self.instance, name))
        if "*" in typed:
            raise ValidationError(_("请填写完整，不要带星号。"))
        return typed


class BaseContactFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg] # not a generic class at run time
    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("删去")

    def clean(self) -> None:
        super().clean()
        primary = [form for form in self._kept() if form.cleaned_data.get("is_primary")]
        for form in primary[1:]:
            form.add_error("is_primary", _("联络员只能有一名。"))

    def entries(self) -> list[ContactEntry]:
        """What the bureau wants to have in the register. After is_valid()."""
        return [
            ContactEntry(
                pk=form.instance.pk,
                name=form.cleaned_data["name"],
                position=form.cleaned_data["position"],
                phone=form.cleaned_data["phone"],
                email=form.cleaned_data["email"],
                is_primary=form.cleaned_data["is_primary"],
            )
            for form in self._kept()
        ]

    def _kept(self) -> list[Any]:
        return [
            form
            for form in self.forms
            if getattr(form, "cleaned_data", None) and form.cleaned_data.get("name") and not form.cleaned_data["DELETE"]
        ]


ContactFormSet = forms.inlineformset_factory(
    Platform, PlatformContact, form=ContactForm, formset=BaseContactFormSet, extra=2, max_num=MOST_CONTACTS
)
