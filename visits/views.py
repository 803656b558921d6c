"""The pages of contacts and visits: the list, one visit, the log form and the parts it fetches meanwhile."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.models import User
from accounts.scope import get_visible_or_404
from config.clock import today
from config.paging import page_of
from issues.levels import Yardstick
from issues.models import Issue
from platforms.models import Platform
from visits.briefs import brief_on
from visits.filters import VisitFilter
from visits.forms import MOST_FOUND, LogForm
from visits.models import Visit
from visits.services import LoggedVisit, log_visit
from workdays.calendar import CalendarCoverageError

# What a row of the list shows; the rest of three wide tables stays where it is.
SHOWN = ("visited_on", "mode", "is_reached", "text", "platform__name", "officer__user__name")


def _may_log(user: User) -> bool:
    return user.is_officer or user.keeps_register


def _for_those_who_log(view: Callable[[SignedIn], HttpResponse]) -> Callable[..., HttpResponse]:
    """Only those with platforms to log for; a part of a page asked for after the session ended gets 401, not a page."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated and request.headers.get("HX-Request"):
            return HttpResponse(status=401)
        return behind_sign_in(request)

    @login_required
    def behind_sign_in(request: Any) -> HttpResponse:
        if not _may_log(request.user):
            raise PermissionDenied(_("只有联点干部和市科技局工作人员可以记录联系。"))
        return view(request)

    return guarded


@require_safe
@for_readers_of_cases
def visit_list(request: SignedIn) -> HttpResponse:
    """The visits that the reader may see, newest first."""
    wanted = VisitFilter(request.GET, Visit.objects.visible_to(request.user), request=request)
    is_valid: bool = wanted.is_valid()  # type: ignore[no-untyped-call] # django-filter's stubs leave it out
    visits = wanted.qs if is_valid else Visit.objects.none()
    raised = Issue.objects.visible_to(request.user).filter(visit=OuterRef("pk")).order_by()
    counted = raised.values("visit").annotate(count=Count("pk")).values("count")
    rows = visits.select_related("platform", "officer__user").only(*SHOWN).annotate(raised=Subquery(counted))
    page = page_of(rows, ("-visited_on", "-pk"), request.GET.get("cursor", ""))
    context = {"page": page, "filter": wanted, "may_log": _may_log(request.user)}
    return render(request, "visits/list.html", context, status=200 if is_valid else 422)


@require_safe
@login_required
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """One visit: what was heard, what is needed, what was raised."""
    parts = ("platform", "officer__user", "officer__home_unit", "deputy__user", "created_by")
    visits = Visit.objects.select_related(*parts)
    visit = get_visible_or_404(visits, request.user, pk=pk)
    raised = (
        Issue.objects.visible_to(request.user).filter(visit=visit).select_related("category", "term").order_by("pk")
    )
    yardstick = Yardstick()
    context = {
        "visit": visit,
        "needs": visit.needs.all(),
        "issues": [(issue, yardstick.standing(issue)) for issue in raised.order_by("pk")],
        "is_own": visit.created_by_id == request.user.pk,
        "can_see_platform": Platform.objects.visible_to(request.user).filter(pk=visit.platform_id).exists(),
    }
    return render(request, "visits/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_those_who_log
def log(request: SignedIn) -> HttpResponse:
    """The log form. Its smaller buttons work without script too: they give the page back as it is, with a change."""
    if request.method != "POST":
        return _log_page(request, LogForm(request.user, visited_on=today(), **_asked_platform(request)))
    typed = request.POST
    if not typed.keys() & {"add_issue", "remove_issue", "find_platform", "restore"}:
        return _submit(request, LogForm(request.user, typed, judged=True))
    form = LogForm(request.user, typed)
    if "add_issue" in typed:
        form.add_row()
    form.remove_row(typed.get("remove_issue", ""))
    return _log_page(request, form)


def _submit(request: SignedIn, form: LogForm) -> HttpResponse:
    try:
        if form.is_valid():
            logged = log_visit(form.new_visit(), actor=request.user)
            _say(request, logged)
            return redirect(logged.visit)
    except ValidationError as refusal:
        form.refuse(refusal)
    except CalendarCoverageError:
        form.refuse(ValidationError({"visited_on": _("工作日历还没有排到期限那一天。请联系市科技局。")}))
    return _log_page(request, form, status=422)


def _say(request: SignedIn, logged: LoggedVisit) -> None:
    text = render_to_string("visits/_logged.html", {"logged": logged})
    messages.success(request, text) if logged.is_new else messages.info(request, text)


def _log_page(request: SignedIn, form: LogForm, status: int = 200) -> HttpResponse:
    platform = form.visit.chosen
    context = {
        "form": form,
        "brief": brief_on(platform, request.user) if platform else None,
        "most_found": MOST_FOUND,
    }
    return render(request, "visits/log.html", context, status=status)


def _asked_platform(request: SignedIn) -> dict[str, Any]:
    """The platform the link came from; an officer's only one needs no choice. Anybody else's is left out."""
    own = Platform.objects.contacted_by(request.user)
    asked = request.GET.get("platform", "")
    if asked.isdecimal() and len(asked) < 19:
        return {"platform": own.filter(pk=asked).values_list("pk", flat=True).first()}
    pks = list(own.values_list("pk", flat=True)[:2])
    return {"platform": pks[0]} if len(pks) == 1 else {}


@require_safe
@_for_those_who_log
def add_issue_row(request: SignedIn) -> HttpResponse:
    """One more row under those of `?issue=…`, its cards counted from `?visited_on=`."""
    form = LogForm(request.user, request.GET)
    row = form.add_row()
    row.cards = form.cards
    return render(request, "visits/_issue_row.html", {"row": row})


@require_safe
@_for_those_who_log
def due_dates(request: SignedIn) -> HttpResponse:
    """What the tier cards of all rows say once `?visited_on=` is another day."""
    return render(request, "visits/_due_dates.html", {"cards": LogForm(request.user, request.GET).cards.values()})


@require_safe
@_for_those_who_log
def suggested_tier(request: SignedIn) -> HttpResponse:
    """R27 for the row of `?issue=`, from its three selects."""
    rows = LogForm(request.user, request.GET).issues
    return render(request, "issues/_suggestion.html", {"tier": rows[0].suggestion if rows else None})


@require_safe
@_for_those_who_log
def platform_search(request: SignedIn) -> HttpResponse:
    """The platforms that `?platform_q=` finds, below the one of `?platform=`."""
    form = LogForm(request.user, request.GET)
    return render(request, "visits/_platforms_found.html", {"form": form, "most_found": MOST_FOUND})


@require_safe
@_for_those_who_log
def platform_brief(request: SignedIn) -> HttpResponse:
    """What to know of `?platform=` before the call."""
    platform = LogForm(request.user, request.GET).visit.chosen
    return render(request, "visits/_brief.html", {"brief": brief_on(platform, request.user) if platform else None})
