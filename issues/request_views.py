"""The pages on which somebody asks for more time, a pause or another tier, and on which somebody else decides."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_visible_or_404
from issues import services
from issues.deadlines import Proposal
from issues.dossier import Dossier
from issues.forms import DecisionForm, ExtensionForm, SuspensionForm, TierForm
from issues.levels import Yardstick
from issues.models import Issue, Request, RequestKind, RequestState
from issues.move_views import Dates, answer, dates_of, must_have_seen, take_up, typed
from issues.moves_on_offer import DECIDE, MOVES, Desk
from issues.services.requests import proposal_of, propose_extension, propose_tier


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def ask_extension(request: SignedIn, number: str) -> HttpResponse:
    """R34. Both dates stand on the page before the request is sent."""
    desk = take_up(request, number, MOVES["ask-extension"])
    form = ExtensionForm(typed(request))

    def act(values: dict[str, Any]) -> object:
        must_have_seen(request, _propose(desk, "until", values["until"]).new)
        return services.ask_for_extension(desk.issue, **values, actor=request.user)

    return answer(
        request, desk, MOVES["ask-extension"], form, act, done=_sent(), **_preview(desk, form, "until", "extension")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def ask_suspension(request: SignedIn, number: str) -> HttpResponse:
    """R36."""
    desk = take_up(request, number, MOVES["ask-suspension"])
    return answer(
        request,
        desk,
        MOVES["ask-suspension"],
        SuspensionForm(typed(request)),
        lambda values: services.ask_for_suspension(desk.issue, **values, actor=request.user),
        done=_sent(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def ask_tier(request: SignedIn, number: str) -> HttpResponse:
    """R29. Both dates stand on the page before the request is sent."""
    desk = take_up(request, number, MOVES["ask-tier"])
    form = TierForm(typed(request), issue=desk.issue)

    def act(values: dict[str, Any]) -> object:
        must_have_seen(request, _propose(desk, "tier", values["tier"]).new)
        return services.ask_for_tier(desk.issue, **values, actor=request.user)

    return answer(request, desk, MOVES["ask-tier"], form, act, done=_sent(), **_preview(desk, form, "tier", "tier"))


@require_safe
@for_readers_of_cases
def extension_dates(request: SignedIn, number: str) -> HttpResponse:
    """The fragment with both dates, while the form is being filled in."""
    return _dates(request, number, ExtensionForm(), "until", "ask-extension")


@require_safe
@for_readers_of_cases
def tier_dates(request: SignedIn, number: str) -> HttpResponse:
    """As above, for another tier."""
    issue = get_visible_or_404(Issue.objects.all(), request.user, number=number)
    return _dates(request, number, TierForm(issue=issue), "tier", "ask-tier")


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def decide(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """A second person approves or refuses, with what an approval does in sight."""
    issues = Issue.objects.select_related("platform", "lead_unit", "term", "plan")
    issue = get_visible_or_404(issues, request.user, number=number)
    desk = Desk(Dossier(issue, Yardstick()), request.user)
    asked = get_object_or_404(Request.objects.select_related("asked_by"), issue=issue, pk=pk)
    asked.issue = issue
    if not desk.may_decide(asked):
        raise PermissionDenied(_("这项申请不由您审批。"))
    moves_date = asked.kind in (RequestKind.EXTEND, RequestKind.RETIER)

    def act(values: dict[str, Any]) -> object:
        if values["approve"] and moves_date and asked.state == RequestState.PENDING:
            must_have_seen(request, proposal_of(asked).new)
        return services.decide(asked, **values, actor=request.user)

    is_shown = moves_date and asked.state == RequestState.PENDING
    dates = dates_of(lambda: proposal_of(asked)) if is_shown else None
    return answer(
        request, desk, DECIDE, DecisionForm(typed(request)), act, done=_("审批意见已记录。"), asked=asked, dates=dates
    )


def _propose(desk: Desk, name: str, value: Any) -> Proposal:
    propose = propose_extension if name == "until" else propose_tier
    return propose(desk.issue, value, desk.user)


def _preview(desk: Desk, form: forms.Form, name: str, what: str) -> dict[str, Any]:
    """Where the fragment comes from, and what stands there already: the dates of what was typed."""
    url = reverse(f"issues:{what}-dates", args=[desk.issue.number])
    value = form.cleaned_data.get(name) if form.is_bound and form.is_valid() else None
    dates = dates_of(lambda: _propose(desk, name, value)) if value else None
    # What is wrong with the value is said beside its field.
    return {"dates_url": url, "dates_field": name, "dates": dates if dates and dates.new else None}


def _dates(request: SignedIn, number: str, form: forms.Form, name: str, move: str) -> HttpResponse:
    desk = take_up(request, number, MOVES[move])
    try:
        value = form.fields[name].clean(request.GET.get(name, ""))
    except ValidationError as refusal:
        dates: Dates | None = Dates(desk.dossier.yardstick.today, refusals=refusal.messages)
    else:
        dates = dates_of(lambda: _propose(desk, name, value))
    status = 422 if dates and dates.refusals else 200
    return render(request, "issues/_dates.html", {"dates": dates}, status=status)


def _sent() -> str:
    return _("申请已提交，等待审批；批准之前，原到期日照常有效。")
