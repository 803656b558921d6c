"""One channel of each kind. They lead to the sink that `up` starts (config.sink): nothing leaves this machine."""

from django.conf import settings

from issues.models import Level
from notices.channels.webhook import new_secret
from notices.models import Channel, ChannelKind

NAMES = {
    ChannelKind.WECOM: "示例·工作群（企业微信）",
    ChannelKind.DINGTALK: "示例·工作群（钉钉）",
    ChannelKind.FEISHU: "示例·工作群（飞书）",
    ChannelKind.WEBHOOK: "示例·市级平台（Webhook）",
}
# The robots' own limit; another system takes what comes.
PER_MINUTE = {ChannelKind.WEBHOOK: 600}


def make_channels() -> None:
    """Where no sink is to run, there is nowhere to lead to."""
    if settings.SINK_PORT is None:
        return
    levels = [Level.NEARING.value, Level.DUE_TODAY.value, Level.OVERDUE.value]
    Channel.objects.bulk_create(
        Channel(
            name=name,
            kind=kind,
            address=f"http://127.0.0.1:{settings.SINK_PORT}/{kind}",
            secret=new_secret() if kind == ChannelKind.WEBHOOK else "",
            levels=levels,
            per_minute=PER_MINUTE.get(kind, 20),
        )
        for kind, name in NAMES.items()
    )
