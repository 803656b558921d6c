"""The first page of each role, the workbench and the board."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.models import User
from config.clock import now
from dashboards.board import board_for
from dashboards.coverage import By
from dashboards.duties import duty_board, quarter_named
from dashboards.periods import Span
from dashboards.workbench import workbench_for


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Sends everybody to the page their day begins with."""
    user = cast("User", request.user)
    if user.reads_cases:
        return redirect("dashboards:board" if user.sees_everything else "dashboards:workbench")
    if user.reads_log:
        return redirect("audit:list")
    return redirect("admin:index" if user.administers else "accounts:change-password")


@require_safe
@for_readers_of_cases
def workbench(request: SignedIn) -> HttpResponse:
    if not request.user.has_workbench:
        return redirect("dashboards:board")
    return render(request, "dashboards/workbench.html", {"bench": workbench_for(request.user)})


@require_safe
@for_readers_of_cases
def board(request: SignedIn) -> HttpResponse:
    """`?period=` names one of Span; anything else is the present year. `?units=all` shows every unit."""
    asked = request.GET.get("period")
    span = Span(asked) if asked in Span.values else Span.YEAR
    shown = board_for(request.user, span, every_unit=request.GET.get("units") == "all")
    context = {"board": shown, "spans": list(Span), "now": now()}
    return render(request, "dashboards/board.html", context)


@require_safe
@for_readers_of_cases
def coverage(request: SignedIn) -> HttpResponse:
    """How the contacts of a quarter stand. `?quarter=2026-3`, `?by=` one of By; anything else is the usual one."""
    by = By.DISTRICT if request.GET.get("by") == By.DISTRICT.value else By.UNIT
    shown = duty_board(request.user, quarter_named(request.GET.get("quarter", "")), by)
    context = {"board": shown, "groupings": [(By.UNIT, _("按联点单位")), (By.DISTRICT, _("按区县园区"))]}
    return render(request, "dashboards/coverage.html", context)
