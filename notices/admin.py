"""Channels and what became of their messages: pages of the system administrator."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notices import services
from notices.channels.webhook import new_secret
from notices.forms import ChannelForm
from notices.models import Channel, ChannelKind, Delivery, DeliveryState
from workdays.admin import ReadOnlyAdmin


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # not a generic class at run time
    """A channel is disabled, never deleted: what it sent stays told."""

    form = ChannelForm
    list_display = ("name", "kind", "unit", "per_minute", "is_enabled", "failing_since", "disabled_at")
    list_filter = ("kind", "is_enabled")
    list_select_related = ("unit",)
    readonly_fields = ("failing_since", "disabled_at")
    actions = ("send_test",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        if obj.kind == ChannelKind.WEBHOOK and not obj.secret:
            obj.secret = new_secret()
            words = _("签名密钥：%(secret)s。请现在交给接收方，以后不再显示。") % {"secret": obj.secret}
            messages.warning(request, words)
        services.save_channel(obj)

    @admin.action(description=gettext_lazy("试发一条消息"))
    def send_test(self, request: HttpRequest, channels: QuerySet[Channel]) -> None:
        for channel in channels:
            try:
                services.send_test(channel, request.user)  # type: ignore[arg-type] # only who is signed in gets here
            except ValidationError as refusal:
                messages.error(request, " ".join(refusal.messages))
            else:
                words = _("“%(name)s”的试发消息将在十几秒内发出，结果见发送记录。") % {"name": channel.name}
                messages.success(request, words)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Which message went when, how often it was tried and why it failed. What it says is its readers' business."""

    list_display = (
        "created_at",
        "channel",
        "recipient",
        "state",
        "last_error",
        "attempts",
        "next_attempt_at",
        "sent_at",
    )
    list_filter = ("state", "channel")
    list_select_related = ("channel", "recipient")
    fields = ("id", *list_display, "attempted_at")
    show_full_result_count = False
    list_per_page = 50
    actions = ("resend", "give_up")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        dead = Delivery.objects.filter(state=DeliveryState.DEAD).count()
        title = ngettext("发送记录：%(n)s条未能送达", "发送记录：%(n)s条未能送达", dead) % {"n": dead}
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    @admin.action(description=gettext_lazy("重新发送（编号不变）"))
    def resend(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        self._each(request, deliveries, services.resend, _("%(n)s条将重新发送。"))

    @admin.action(description=gettext_lazy("不再发送"))
    def give_up(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        self._each(request, deliveries, services.give_up, _("%(n)s条不再发送。"))

    def _each(self, request: HttpRequest, deliveries: QuerySet[Delivery], act: Any, words: str) -> None:
        done = 0
        for delivery in deliveries:
            try:
                act(delivery)
                done += 1
            except services.NotDead as refusal:
                messages.warning(request, " ".join(refusal.messages))
        if done:
            messages.success(request, words % {"n": done})
