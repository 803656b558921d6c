"""The pages of officers: the list, one officer, and who gets which platform."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from config.paging import page_of
from liaisons import services
from liaisons.filters import OfficerFilter, with_portfolio
from liaisons.forms import AssignForm, EndForm
from liaisons.handovers import may_give_away
from liaisons.models import Assignment, Officer
from liaisons.services import portfolio_rule
from platforms.coverage import Coverage
from platforms.models import Platform

ORDER = ("home_unit__path", "staff_no")


@require_safe
@for_readers_of_cases
def officer_list(request: SignedIn) -> HttpResponse:
    """The officers the reader may see, unit by unit, each with the number of platforms and whether it fits the rule."""
    filters = OfficerFilter(request.GET, with_portfolio(Officer.objects.visible_to(request.user)), request=request)
    rows = Officer.objects.none() if filters.errors else filters.qs
    page = page_of(rows.select_related("user", "home_unit"), ORDER, request.GET.get("cursor", ""))
    context = {
        "page": page,
        "filter": filters,
        "rule": portfolio_rule(),
        "is_filtered": any(request.GET.get(name) for name in filters.filters),
    }
    return render(request, "liaisons/list.html", context, status=422 if filters.errors else 200)


@require_safe
@for_readers_of_cases
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """One officer: who, where, which platforms now and before."""
    officers = with_portfolio(Officer.objects.select_related("user", "home_unit"))
    officer = get_visible_or_404(officers, request.user, pk=pk)
    contacts = Platform.objects.filter(pk=OuterRef("platform")).annotate(stands=Coverage().status()).values("stands")
    assignments = list(officer.assignments.select_related("platform__district").annotate(contact=contacts))
    context = {
        "officer": officer,
        "rule": portfolio_rule(),
        "current": [each for each in assignments if each.ended_on is None],
        "past": [each for each in assignments if each.ended_on is not None],
        # Whose platform it is not any more may not be the reader's to open.
        "may_open": set(
            Platform.objects.visible_to(request.user).filter(assignments__officer=officer).values_list("pk", flat=True)
        ),
        "absences": officer.absences.not_over().select_related("deputy__user").order_by("starts_on", "pk"),
        "may_hand_over": may_give_away(officer, request.user),
        "is_self": officer.user_id == request.user.pk,
    }
    return render(request, "liaisons/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def assign(request: SignedIn, pk: int) -> HttpResponse:
    """Chooses the officer of a platform from a day on. Over the maximum the page asks for the reason."""
    platform = get_editable_or_refuse(Platform.objects.all(), request.user, pk=pk)
    rule = portfolio_rule()
    form = AssignForm(request.POST if request.method == "POST" else None, platform=platform, rule=rule)
    try:
        if form.is_valid():
            given = services.assign(**form.cleaned_data, platform=platform, actor=request.user)
            words = {"officer": given.officer.user.name, "platform": platform.name, "day": given.started_on}
            messages.success(request, _("自%(day)s起，%(platform)s由%(officer)s联点。") % words)
            return redirect(platform)
    except ValidationError as refusal:
        form.refuse(refusal)
    present = platform.assignments.current().select_related("officer__user", "officer__home_unit").first()
    context = {"platform": platform, "form": form, "present": present}
    return render(request, "liaisons/assign.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def end_assignment(request: SignedIn, pk: int) -> HttpResponse:
    """Ends an assignment without a successor."""
    assignments = Assignment.objects.select_related("platform", "officer__user")
    assignment = get_editable_or_refuse(assignments, request.user, pk=pk)
    form = EndForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_valid():
            services.end_assignment(assignment=assignment, **form.cleaned_data, actor=request.user)
            messages.success(request, _("联点已结束，这家平台现在没有联点干部。"))
            return redirect(assignment.platform)
    except services.DateRefused as refusal:
        form.add_error("ended_on", refusal)
    except services.AssignmentRefused as refusal:
        form.add_error(None, refusal)
    context = {"assignment": assignment, "form": form}
    return render(request, "liaisons/end.html", context, status=422 if form.errors else 200)
