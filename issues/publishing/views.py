"""The pages of holiday notices: entered by one, looked at with its effect, decided by another."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import SignedIn, for_calendar_keepers
from issues.publishing import services
from issues.publishing.forms import NoticeForm, RegionForm
from issues.recalculation import Report
from workdays.arranging import diff, missing_holidays
from workdays.calendar import CalendarCoverageError
from workdays.models import Calendar, HolidayNotice, NoticeState
from workdays.services import create_regional_calendar, refuse_notice, withdraw_notice


@require_safe
@for_calendar_keepers
def notice_list(request: SignedIn) -> HttpResponse:
    """Every notice, the newest first, and the calendars."""
    notices = HolidayNotice.objects.select_related("calendar", "proposed_by", "decided_by")
    context = {"notices": notices, "calendars": Calendar.objects.all()}
    return render(request, "publishing/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_calendar_keepers
def propose(request: SignedIn) -> HttpResponse:
    """Reads a notice and keeps it for a second person."""
    form = NoticeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            notice = services.propose(
                given["calendar"],
                given["text"],
                actor=request.user,
                year=given["year"],
                document_number=given["document_number"],
            )
        except ValidationError as refusal:
            form.add_error("text", refusal)
        else:
            messages.success(request, _("已载入，请另一个人复核。"))
            return redirect("publishing:detail", notice.pk)
    return render(request, "publishing/propose.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@for_calendar_keepers
def notice_detail(request: SignedIn, pk: int) -> HttpResponse:
    """A notice day by day, and what it does, or did, to the deadlines that run."""
    return _page(request, _notice(pk))


@require_POST
@for_calendar_keepers
def approve(request: SignedIn, pk: int) -> HttpResponse:
    """The second person's yes: days and deadlines change together."""
    notice = _notice(pk)
    try:
        report = services.publish(notice, actor=request.user)
    except (ValidationError, CalendarCoverageError) as refusal:
        return _page(request, _notice(pk), refusal)
    words = _("放假安排已生效：%(moved)d项到期日变动，%(confirmed)d项转为确定，%(kept)d项待复核。")
    messages.success(request, words % {"moved": report.moved, "confirmed": report.confirmed, "kept": report.kept})
    return redirect("publishing:detail", notice.pk)


@require_POST
@for_calendar_keepers
def refuse(request: SignedIn, pk: int) -> HttpResponse:
    """The second person's no: nothing changes."""
    notice = _notice(pk)
    try:
        refuse_notice(notice, actor=request.user)
    except ValidationError as refusal:
        return _page(request, _notice(pk), refusal)
    messages.success(request, _("这份通知没有通过，日历不变。"))
    return redirect("publishing:detail", notice.pk)


@require_POST
@for_calendar_keepers
def withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Who entered it takes it back; another one can be entered for the year."""
    notice = _notice(pk)
    try:
        withdraw_notice(notice, actor=request.user)
    except ValidationError as refusal:
        return _page(request, _notice(pk), refusal)
    messages.success(request, _("已撤回，可以重新载入。"))
    return redirect("publishing:list")


@require_http_methods(["GET", "HEAD", "POST"])
@for_calendar_keepers
def create_region(request: SignedIn) -> HttpResponse:
    """A calendar for a region; which units count by it is said with the unit."""
    form = RegionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        create_regional_calendar(**form.cleaned_data)
        messages.success(request, _("地方日历已建立，先与全国日历相同；有地方安排时再录入通知。"))
        return redirect("publishing:list")
    return render(request, "publishing/region.html", {"form": form}, status=422 if form.errors else 200)


def _notice(pk: int) -> HolidayNotice:
    rows = HolidayNotice.objects.select_related("calendar", "proposed_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: SignedIn, notice: HolidayNotice, refusal: Exception | None = None) -> HttpResponse:
    is_open = notice.state == NoticeState.PROPOSED
    trouble = _sentences(refusal) if refusal else []
    report = None
    if is_open and not trouble:
        try:
            report = services.preview(notice)
        except (ValidationError, CalendarCoverageError) as fault:
            trouble = _sentences(fault)
    elif notice.report:
        report = Report(**notice.report)
    context = {
        "notice": notice,
        "changes": diff(notice) if is_open else [],
        "missing": missing_holidays(notice) if is_open else [],
        "report": report,
        "trouble": trouble,
        "may_decide": is_open and notice.proposed_by_id != request.user.pk,
    }
    return render(request, "publishing/detail.html", context, status=409 if refusal else 200)


def _sentences(fault: Exception) -> list[str]:
    if isinstance(fault, ValidationError):
        return list(fault.messages)
    return [_("有到期日超出了日历的范围，请先把后面的年份补上。")]
