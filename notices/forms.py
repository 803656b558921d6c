"""The form of a channel in the administration. What is secret goes in and never comes out again."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from notices.channels.webhook import key_of
from notices.models import ROBOTS, Channel, ChannelKind, NoticeKind
from notices.outgoing import TargetRefused, target_of

LEVELS = (NoticeKind.HALF, NoticeKind.NEARING, NoticeKind.DUE_TODAY, NoticeKind.OVERDUE)
ROBOTS_PER_MINUTE, OTHERS_PER_MINUTE = 20, 600
UNCHANGED = _("已保存，不再显示；留空则不变。")


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg] # not a generic class at run time
    """The address of a robot holds its key: it is treated as a secret, too."""

    address = forms.CharField(
        label=_("地址"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"size": 80, "autocomplete": "off"}),
        help_text=_("机器人或Webhook的完整地址，以https://开头；邮件不填。"),
    )
    secret = forms.CharField(
        label=_("签名密钥"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("钉钉、飞书的加签密钥；Webhook留空则自动生成，只显示一次；邮件和企业微信不填。"),
    )
    levels = forms.MultipleChoiceField(
        label=_("预警级别"),
        choices=[(kind.value, kind.label) for kind in LEVELS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选表示全部。"),
    )
    per_minute = forms.IntegerField(
        label=_("每分钟最多条数"),
        min_value=1,
        max_value=10_000,
        required=False,
        help_text=_("留空：机器人20条，邮件和Webhook 600条。"),
    )

    class Meta:
        model = Channel
        fields = ("name", "kind", "address", "secret", "unit", "levels", "per_minute", "is_enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept: dict[str, str] = {name: getattr(self.instance, name) for name in ("address", "secret")}
        for name, value in self.kept.items():
            self.initial[name] = ""
            if value:
                self.fields[name].help_text = UNCHANGED
        if self.kept["address"]:
            host = urlsplit(self.kept["address"]).hostname or ""
            self.fields["address"].help_text = _("%(host)s：已保存，不再显示；留空则不变。") % {"host": host}
        self.fields["kind"].disabled = self.instance.pk is not None

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        if address:
            try:
                target_of(address)
            except TargetRefused as refusal:
                raise ValidationError(_("%(why)s。"), params={"why": str(refusal)}) from None
        return address or self.kept["address"]

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"].strip()
        return secret or self.kept["secret"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if kind == ChannelKind.MAIL:
            cleaned["address"] = cleaned["secret"] = ""
            others = Channel.objects.filter(kind=ChannelKind.MAIL).exclude(pk=self.instance.pk)
            if others.exists():
                self.add_error("kind", _("邮件渠道已有一个，只能有一个。"))
        elif not cleaned.get("address") and "address" not in self.errors:
            self.add_error("address", _("请填写地址。"))
        if kind == ChannelKind.WEBHOOK and cleaned.get("secret"):
            self._check_key(cleaned["secret"])
        if cleaned.get("per_minute") is None:
            cleaned["per_minute"] = ROBOTS_PER_MINUTE if kind in ROBOTS else OTHERS_PER_MINUTE
        return cleaned

    def _check_key(self, secret: str) -> None:
        try:
            key_of(secret)
        except ValueError:
            self.add_error("secret", _("须为whsec_加24至64字节的base64；留空则自动生成。"))
