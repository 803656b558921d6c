"""The pages of leave and of who was responsible when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from config.clock import today
from liaisons import absences
from liaisons.forms import AbsenceForm, OnForm
from liaisons.handovers import may_give_away
from liaisons.models import Absence, Officer
from liaisons.services import responsible_on
from platforms.models import Platform


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def arrange(request: SignedIn, pk: int) -> HttpResponse:
    """Says who stands in for an officer, from when to when."""
    officer = get_visible_or_404(Officer.objects.select_related("user", "home_unit"), request.user, pk=pk)
    if not may_give_away(officer, request.user):
        raise PermissionDenied(_("由联点干部本人、所在单位负责人或市科技局安排代理。"))
    form = AbsenceForm(request.POST if request.method == "POST" else None, officer=officer)
    try:
        if form.is_valid():
            made = absences.arrange(officer=officer, **form.cleaned_data, actor=request.user)
            words = {"start": made.starts_on, "end": made.ends_on, "name": made.deputy.user.name}
            messages.success(request, _("%(start)s至%(end)s由%(name)s代理，到期自动结束。") % words)
            return redirect("handovers:list")
    except ValidationError as refusal:
        form.add_error(None, refusal)
    known = officer.absences.not_over().select_related("deputy__user").order_by("starts_on")
    context = {"officer": officer, "form": form, "absences": known}
    return render(request, "liaisons/absence.html", context, status=422 if form.errors else 200)


@require_POST
@for_readers_of_cases
def end(request: SignedIn, pk: int) -> HttpResponse:
    """Calls it off, or ends it early: the officer is back."""
    absence = get_editable_or_refuse(Absence.objects.select_related("officer", "deputy"), request.user, pk=pk)
    try:
        absences.end(absence, actor=request.user)
        messages.success(request, _("代理已结束，由本人办理。"))
    except absences.AbsenceRefused as refusal:
        messages.error(request, refusal.messages[0])
    return redirect("handovers:list")


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of a platform: its officer's, or of that officer's deputy within them."""

    officer: str
    started_on: date
    ended_on: date | None
    deputy: str = ""


@require_safe
@for_readers_of_cases
def responsible(request: SignedIn, pk: int) -> HttpResponse:
    """Who was responsible on `?on=`, today where it is not given, and from when to when each was (R3)."""
    platform = get_visible_or_404(Platform.objects, request.user, pk=pk)
    form = OnForm(request.GET if "on" in request.GET else {"on": today()})
    context = {"platform": platform, "form": form, "spans": list(_spans(platform))}
    if form.is_valid():
        day = form.cleaned_data["on"]
        context |= {"day": day, "answer": responsible_on(platform, day)}
    return render(request, "liaisons/responsible.html", context, status=422 if form.errors else 200)


def _spans(platform: Platform) -> Iterator[Span]:
    """The newest first, each followed by the leaves that fell into it."""
    held = list(platform.assignments.select_related("officer__user"))
    officers = {each.officer_id for each in held}
    leaves = list(Absence.objects.valid().filter(officer__in=officers).select_related("deputy__user"))
    for each in held:
        name, last = each.officer.user.name, each.ended_on or date.max
        yield Span(name, each.started_on, each.ended_on)
        for leave in leaves:
            starts_on, ends_on = max(leave.starts_on, each.started_on), min(leave.ends_on, last)
            if leave.officer_id == each.officer_id and starts_on <= ends_on:
                yield Span(name, starts_on, ends_on, leave.deputy.user.name)
