"""The page for those who keep the system running: what /readyz says, in words, and the alerts open and past."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import SignedIn, for_system_administrators
from config.checks import Level, look, worst
from notices.models import Alert, NoticeKind
from notices.sentences import sentence_of

PAST = 20
NAMES = {
    "database": _("数据库"),
    "broker": _("消息队列"),
    "disk": _("磁盘"),
    "tick": _("预警扫描"),
    "outbox": _("待发消息"),
    "dead_letters": _("未送达消息"),
    "calendar": _("工作日历"),
    "audit": _("审计记录"),
}
CHIPS = {
    Level.GREEN: {"css": "ok", "icon": "check-circle", "word": pgettext_lazy("status", "正常")},
    Level.AMBER: {"css": "soon", "icon": "hourglass-split", "word": _("注意")},
    Level.RED: {"css": "late", "icon": "exclamation-triangle", "word": _("异常")},
}


@never_cache
@require_safe
@for_system_administrators
def show(request: SignedIn) -> HttpResponse:
    checks = look()
    context = {
        "level": CHIPS[worst(checks)],
        "checks": [(NAMES[check.name], CHIPS[check.level], check.sentence) for check in checks],
        "open_alerts": _told(Alert.objects.filter(closed_at=None)),
        "past_alerts": _told(Alert.objects.exclude(closed_at=None)[:PAST]),
    }
    return render(request, "config/status.html", context)


def _told(alerts: QuerySet[Alert]) -> list[tuple[Alert, str]]:
    return [(alert, sentence_of(NoticeKind.ALERT, {**alert.data, "code": alert.code})) for alert in alerts]
