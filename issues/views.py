"""The pages of issues: the list, one issue, and the two moves that exist. The services decide, the pages show."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from config.clock import on_date
from config.paging import page_of
from issues import listing, services
from issues.clocks import faces
from issues.filters import IssueFilter
from issues.forms import PlanForm, ResolveForm
from issues.levels import Yardstick
from issues.models import Clock, Issue, State
from issues.rows import RowMaker
from issues.strip import build_strip
from issues.timeline import build_timeline


@require_safe
@for_readers_of_cases
def issue_list(request: SignedIn) -> HttpResponse:
    """The issues the reader may see; a filter that means nothing gets its sentence and no rows at all."""
    yardstick = Yardstick()
    filters = IssueFilter(request.GET, Issue.objects.visible_to(request.user), request=request, yardstick=yardstick)
    order, rows = listing.order_of(request.GET), RowMaker(yardstick)
    found = Issue.objects.none() if filters.errors else filters.qs
    page = page_of(rows.fetch(found), order, request.GET.get("cursor", ""))
    context = {
        "page": page,
        "rows": [rows.make(row) for row in page],
        "is_by_due_date": order == listing.BY_DUE_DATE,
        "bar": listing.FilterBar(filters, request.user),
    }
    return render(request, "issues/list.html", context, status=422 if filters.errors else 200)


@require_safe
@for_readers_of_cases
def detail(request: SignedIn, number: str) -> HttpResponse:
    """One issue: what, where it stands, why this date, what happened, what can be done now."""
    issues = Issue.objects.select_related(
        *("platform", "officer__user", "home_unit", "lead_unit", "handler", "category__parent", "term", "plan__unit")
    )
    issue = get_visible_or_404(issues, request.user, number=number)
    yardstick = Yardstick()
    plan = getattr(issue, "plan", None)
    deadline = issue.deadlines.filter(clock=Clock.STATUTORY).last()
    calendar = yardstick.calendar
    context = {
        "issue": issue,
        "plan": plan,
        "standing": yardstick.standing(issue),
        "strip": build_strip(issue, deadline, calendar, yardstick.today) if deadline else None,
        "clocks": faces(issue, deadline, plan, yardstick),
        "events": build_timeline(issue, yardstick),
        "may_move": issue.is_unresolved and Issue.objects.editable_by(request.user).filter(pk=issue.pk).exists(),
        "is_late_entry": calendar.between(issue.raised_on, on_date(issue.registered_at)) > 1,
    }
    return render(request, "issues/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def confirm_plan(request: SignedIn, number: str) -> HttpResponse:
    """T8. The statutory clock stops, the plan's own starts."""
    issue = _to_move(request, number)
    if request.method != "POST" and issue.state != State.OPEN:
        return redirect(issue)
    form = PlanForm(_typed(request), issue=issue, user=request.user)
    return _move(request, issue, form, services.confirm_plan, done=_("方案已确定，处置时限停表；现在按承诺日期计时。"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def resolve(request: SignedIn, number: str) -> HttpResponse:
    """T9. Whichever clock runs stops."""
    issue = _to_move(request, number)
    if request.method != "POST" and not issue.is_unresolved:
        return redirect(issue)
    return _move(request, issue, ResolveForm(_typed(request)), services.resolve, done=_("已办结，停表。"))


def _to_move(request: SignedIn, number: str) -> Issue:
    issues = Issue.objects.select_related("platform", "lead_unit", "term")
    return get_editable_or_refuse(issues, request.user, number=number)


def _typed(request: SignedIn) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _move(
    request: SignedIn, issue: Issue, form: forms.Form, service: Callable[..., Issue], *, done: str
) -> HttpResponse:
    """Shows the form, makes the move. What was typed stays on the page whatever the answer is."""
    status = 200
    try:
        if form.is_valid():
            issue = service(issue, **form.cleaned_data, actor=request.user)
            messages.success(request, done)
            return redirect(issue)
    except services.MoveRefused as refusal:
        form.add_error(None, refusal)
        status = 409
    except ValidationError as refusal:
        form.add_error(None, refusal)
    if form.errors and status == 200:
        status = 422
    context = {"issue": issue, "form": form, "standing": Yardstick().standing(issue), "is_refused": status == 409}
    return render(request, f"issues/{service.__name__}.html", context, status=status)
