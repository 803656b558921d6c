"""The first page of each role, the workbench and the board."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.models import Role, User
from config.clock import now
from dashboards.board import board_for
from dashboards.coverage import By
from dashboards.d_desk import d_desk_for
from dashboards.duties import duty_board, quarter_named
from dashboards.figures import Links
from dashboards.periods import Span
from dashboards.waiting import waiting_stats
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
    # Whose day begins here: nobody has to look on another page for what waits (home).
    begins_here = request.user.sees_everything and not request.user.is_reader
    waiting = waiting_stats(request.user, Links()) if begins_here else []
    context = {"board": shown, "spans": list(Span), "now": now(), "waiting": waiting}
    return render(request, "dashboards/board.html", context)


@require_safe
@for_readers_of_cases
def d_desk(request: SignedIn) -> HttpResponse:
    """The D issues by where they stand, for the commission office, who dispatches them; leaders read (R30)."""
    if request.user.role not in (Role.COMMISSION_OFFICE, Role.LEADER):
        raise PermissionDenied(_("D类调度台由市委科技办使用。"))
    return render(request, "dashboards/d_desk.html", {"desk": d_desk_for(request.user)})


@require_safe
@for_readers_of_cases
def coverage(request: SignedIn) -> HttpResponse:
    """How the contacts of a quarter stand. `?quarter=2026-3`, `?by=` one of By; anything else is the usual one."""
    by = By.DISTRICT if request.GET.get("by") == By.DISTRICT.value else By.UNIT
    shown = duty_board(request.user, quarter_named(request.GET.get("quarter", "")), by)
    context = {"board": shown, "groupings": [(By.UNIT, _("按联点单位")), (By.DISTRICT, _("按区县园区"))]}
    return render(request, "dashboards/coverage.html", context)
