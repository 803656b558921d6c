"""The pages of issues to read: the list and one issue. What can be done with one is in issues.move_views."""

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.filters import stray
from accounts.guards import SignedIn, for_readers_of_cases
from accounts.models import Role, User
from accounts.scope import get_visible_or_404
from audit.models import Action
from audit.services import record
from config.clock import on_date
from config.paging import page_of
from issues.bulk.acts import acts_for
from issues.clocks import faces
from issues.columns import chosen
from issues.comments.forms import CommentForm
from issues.comments.remarks import Remarks
from issues.dossier import Dossier
from issues.export import Ledger, file_name, write_workbook
from issues.filters import IssueFilter
from issues.handovers.tenures import tenures
from issues.levels import Yardstick
from issues.listing import FilterBar
from issues.models import Clock, Issue, Rating, State
from issues.models import Warning as IssueWarning
from issues.moves_on_offer import Desk, moves_on_offer
from issues.order import BY_DUE_DATE, order_of
from issues.raised import WarningsOf
from issues.rows import RowMaker, keys
from issues.saved_views.queries import canonical
from issues.saved_views.tabs import Tabs, default_query
from issues.strip import build_strip
from issues.turn import turn_of
from issues.versions import version_rows
from issues.warnings import acknowledge
from issues.workflow.documentation import table_rows
from issues.working import timeline_context, working_parts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@for_readers_of_cases
def issue_list(request: SignedIn) -> HttpResponse:
    """The issues the reader may see; a filter that means nothing gets its sentence and no rows at all.

    Without a query it opens with the reader's default view, at an address that opens the same list for a colleague.
    """
    if not request.GET and (query := default_query(request.user)):
        return redirect(f"{reverse('issues:list')}?{query}")
    yardstick = Yardstick()
    filters = IssueFilter(request.GET, Issue.objects.visible_to(request.user), request=request, yardstick=yardstick)
    order, columns, acts = order_of(request.GET), chosen(request.GET), acts_for(request.user)
    rows = RowMaker(yardstick, columns.names, filters.words, may_select=bool(acts))
    found = Issue.objects.none() if filters.errors else filters.qs
    page = page_of(rows.fetch(found), order, request.GET.get("cursor", ""))
    context = {
        "page": page,
        "rows": [rows.make(row) for row in page],
        "heads": list(rows.heads()),
        "columns": columns,
        "is_by_due_date": order == BY_DUE_DATE,
        "bar": FilterBar(filters, request.user, Tabs(request.user, request.GET, yardstick.today)),
        "acts": acts,
        "keys": keys(may_select=bool(acts), language=get_language()),
        "query": canonical(request.GET),
        "stray": stray(request.GET, IssueFilter, "sort", "more", "columns", "view"),
    }
    status = 422 if filters.errors or columns.unknown else 200
    return render(request, "issues/list.html", context, status=status)


@require_safe
@for_readers_of_cases
def export(request: SignedIn) -> HttpResponseBase:
    """The rows of the list with the same filters, as a workbook; a filter that means nothing leads back to its list."""
    yardstick = Yardstick()
    filters = IssueFilter(request.GET, Issue.objects.visible_to(request.user), request=request, yardstick=yardstick)
    if filters.errors:
        return redirect(f"{reverse('issues:list')}?{request.GET.urlencode()}")
    stream = TemporaryFile()  # noqa: SIM115 - the answer closes it once it is sent
    unit = f"{request.user.unit.label} " if request.user.unit else ""
    record(Action.EXPORT, actor=request.user, subject="issues_issue", filters=request.GET.urlencode())
    write_workbook(Ledger(filters.qs, yardstick), stream, f"{unit}{request.user.name}")
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=file_name(), content_type=XLSX)


@require_safe
@for_readers_of_cases
def detail(request: SignedIn, number: str) -> HttpResponse:
    """One issue: what, where it stands, why this date, what happened, what can be done now."""
    return issue_page(request, number)


def issue_page(
    request: SignedIn, number: str, *, composer: CommentForm | None = None, status: int = 200
) -> HttpResponse:
    """The page; with a `composer` that was refused, as it was filled in. `?timeline=all` leaves nothing out."""
    issues = Issue.objects.select_related(
        *("platform", "officer__user", "home_unit", "lead_unit", "handler", "category__parent", "term"),
        *("plan__unit", "merged_into"),
    )
    issue = get_visible_or_404(issues, request.user, number=number)
    dossier = Dossier(issue, Yardstick())
    yardstick, calendar, deadline = dossier.yardstick, dossier.calendar, dossier.newest(Clock.STATUTORY)
    warnings = WarningsOf(issue, request.user, yardstick)
    clocks = faces(dossier)  # before the strip, which then finds the suspensions beside the issue
    context = {
        "issue": issue,
        "plan": dossier.plan,
        "standing": yardstick.standing(issue),
        "strip": build_strip(issue, deadline, calendar, yardstick.today, dossier.extension) if deadline else None,
        "versions": version_rows(dossier.deadlines),
        "clocks": clocks,
        "warnings": warnings,
        "tenures": tenures(issue),
        "dossier": dossier,
        "requests": dossier.requests,
        "offers": moves_on_offer(Desk(dossier, request.user)),
        "turn": turn_of(dossier),
        "ratings": ratings_for(issue, request.user),
        "follow_up": dossier.follow_up if request.user.role == Role.COMMISSION_OFFICE else None,
        "is_late_entry": calendar.between(issue.raised_on, on_date(issue.registered_at)) > 1,
    }
    is_whole = request.GET.get("timeline") == "all"
    parts = working_parts(issue, request.user, warnings, dossier.requests, composer=composer, is_whole=is_whole)
    return render(request, "issues/detail.html", {**context, **parts}, status=status)


def ratings_for(issue: Issue, reader: User) -> list[Rating]:
    """R44: single ratings are the commission office's to read; nothing is read for anybody else."""
    if reader.role != Role.COMMISSION_OFFICE:
        return []
    return list(Rating.objects.visible_to(reader).filter(issue=issue))


def timeline_part(request: SignedIn, number: str) -> HttpResponse:
    """The whole timeline, to take the place of the newest entries."""
    issue = get_visible_or_404(Issue.objects, request.user, number=number)
    dossier, remarks = Dossier(issue, Yardstick()), Remarks(issue, request.user)
    warnings = WarningsOf(issue, request.user, dossier.yardstick)
    parts = timeline_context(issue, warnings, dossier.requests, remarks, is_whole=True)
    return render(request, "issues/_timeline.html", {"issue": issue, **parts})


@require_safe
@for_readers_of_cases
def workflow(request: SignedIn) -> HttpResponse:
    """The table of transitions as a page: which step is whose, from which state to which, and what it needs."""
    return render(request, "issues/workflow.html", {"rows": table_rows(), "states": State})


@require_POST
@for_readers_of_cases
def acknowledge_warning(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """The reader knows of the rung; back to the page it was said on."""
    issue = get_visible_or_404(Issue.objects, request.user, number=number)
    acknowledge(get_object_or_404(IssueWarning, issue=issue, pk=pk), request.user)
    messages.success(request, _("已记下您知悉这条预警，不再重复提醒；到下一级时仍会通知。"))
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else issue)
