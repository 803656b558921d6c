"""Which kind of channel is served by whom."""

from typing import Protocol

from notices.channels.dingtalk import DingTalk
from notices.channels.feishu import Feishu
from notices.channels.mail import Mail
from notices.channels.webhook import Webhook
from notices.channels.wecom import WeCom
from notices.models import ChannelKind, Delivery


class Sender(Protocol):
    def send(self, delivery: Delivery) -> None:
        """Returns once the receiver has taken it. Raises NotDelivered."""


SENDERS: dict[str, Sender] = {
    ChannelKind.MAIL: Mail(),
    ChannelKind.WECOM: WeCom(),
    ChannelKind.DINGTALK: DingTalk(),
    ChannelKind.FEISHU: Feishu(),
    ChannelKind.WEBHOOK: Webhook(),
}
