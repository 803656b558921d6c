from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.clock import today
from workdays.calendar import CalendarCoverageError, WorkCalendar, current_calendars
from workdays.forms import CalculatorForm
from workdays.models import NATIONAL, Calendar
from workdays.strip import Span, Strip, draw
from workdays.yearbook import Year

Presets = Callable[[], Mapping[str, int]]
DEFAULT_TERM = "C"


@require_safe
@login_required
def year(request: HttpRequest, presets: Presets, year: int | None = None) -> HttpResponse:
    """A year of a calendar, and the calculator. `presets` gives the terms in force: this room does not know them."""
    calendars = current_calendars()
    rows = list(Calendar.objects.filter(pk__in=list(calendars)))
    row = get_object_or_404(Calendar, code=request.GET.get("calendar", NATIONAL).replace("\0", ""))
    if row.pk not in calendars:
        raise Http404
    calendar, day = calendars[row.pk], today()
    try:
        book = Year(row, calendar, day.year if year is None else year, day)
    except (CalendarCoverageError, ValueError, OverflowError) as error:
        raise Http404 from error
    asks = "start" in request.GET or "term" in request.GET
    initial = {"start": day, "term": DEFAULT_TERM}
    form = CalculatorForm(request.GET if asks else None, initial=initial, presets=presets())
    strip = _answer(form, calendar) if asks and form.is_valid() else None
    context = {"book": book, "calendars": rows, "form": form, "strip": strip, "national": NATIONAL}
    return render(request, "workdays/year.html", context, status=422 if form.errors else 200)


def _answer(form: CalculatorForm, calendar: WorkCalendar) -> Strip | None:
    """The strip to the due date; without one where the calendar does not reach, and the form says so."""
    start, days = form.cleaned_data["start"], form.working_days
    try:
        due = calendar.due(start, days)
    except CalendarCoverageError:
        params: dict[str, Any] = {"first": calendar.first, "last": calendar.last}
        form.add_error("start", _("日历从%(first)s到%(last)s，算不到这么远。") % params)
        return None
    span = Span(start, due.on, due.is_provisional, today(), reached=min(today(), due.on), term=days)
    return draw(span, calendar)
