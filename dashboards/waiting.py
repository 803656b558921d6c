"""等您处理: what waits for the reader at each step of the workflow, as figures that open their lists."""

from collections.abc import Mapping

from django.utils.translation import ngettext

from accounts.models import User
from dashboards.figures import Figure, Links, Stat
from issues.queues import Queue, counts_for

QUEUE_ICONS: Mapping[Queue, str] = {
    Queue.GRADE: "funnel",
    Queue.REFER: "send",
    Queue.SIGN: "pencil-square",
    Queue.RETURN: "signpost-split",
    Queue.SUPPORT: "chat-square-text",
    Queue.DECIDE: "check-circle",
    Queue.SUPERVISE: "flag",
    Queue.SUPERVISION: "reply",
    Queue.SUSPENSION: "pause-circle",
    Queue.WORD: "hand-thumbs-up",
    Queue.FOLLOW_UP: "telephone",
    Queue.CLOSE: "check-lg",
}


def waiting_stats(user: User, links: Links) -> list[Stat]:
    """Those that are not empty; a statement for each that can hold something for this person."""
    return [
        Stat(
            each.label,
            QUEUE_ICONS[each.queue],
            Figure(each.count, links.issues(queue=each.queue.value)),
            ngettext("项", "项", each.count),
            "",
        )
        for each in counts_for(user)
    ]
