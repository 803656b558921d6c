"""The first page of each role, the workbench and the board."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Role, User
from config.clock import now
from dashboards.board import board_for
from dashboards.periods import Span
from dashboards.workbench import workbench_for

# Those who move issues: they owe something today. The others only look on.
WORKING = (Role.OFFICER, Role.UNIT_HEAD, Role.COMMISSION_OFFICE)


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Sends everybody to the page their day begins with."""
    user = cast("User", request.user)
    if user.reads_cases:
        return redirect("dashboards:board" if user.sees_everything else "dashboards:workbench")
    return redirect("admin:index" if user.is_staff else "accounts:change-password")


@require_safe
@login_required
def workbench(request: HttpRequest) -> HttpResponse:
    user = _reader_of_cases(request)
    if user.role not in WORKING:
        return redirect("dashboards:board")
    return render(request, "dashboards/workbench.html", {"bench": workbench_for(user)})


@require_safe
@login_required
def board(request: HttpRequest) -> HttpResponse:
    """`?period=` names one of Span; anything else is the present year. `?units=all` shows every unit."""
    user = _reader_of_cases(request)
    asked = request.GET.get("period")
    span = Span(asked) if asked in Span.values else Span.YEAR
    shown = board_for(user, span, every_unit=request.GET.get("units") == "all")
    context = {"board": shown, "spans": list(Span), "now": now()}
    return render(request, "dashboards/board.html", context)


def _reader_of_cases(request: HttpRequest) -> User:
    user = cast("User", request.user)
    if not user.reads_cases:
        raise PermissionDenied(_("系统、安全和审计管理员不查看平台与问题。"))
    return user
