"""Why an issue is due on its day: what the strip of days has to know of an issue."""

from datetime import date

from django.utils.translation import gettext as _

from config.clock import on_date
from issues.models import Clock, Deadline, Issue
from workdays.calendar import WorkCalendar
from workdays.strip import Span, Strip, date_words, draw


def build_strip(
    issue: Issue, deadline: Deadline, calendar: WorkCalendar, today: date, extension: Deadline | None = None
) -> Strip:
    """Explains `deadline`, a statutory version of `issue`, as it looks on `today`; `extension` is the version of the
    present term by which it was extended."""
    suspensions = [each for each in issue.suspensions.all() if each.clock == Clock.STATUTORY]
    held = [(each.began_on, each.ended_on) for each in suspensions if each.began_on >= deadline.counted_from]
    settled_on = issue.settled_on
    is_resolved = issue.plan_confirmed_at is None
    remarks = []
    if extension is not None and extension.previous_due_on is not None:
        words = _("%(day)s同意延期，原到期日%(old)s。")
        days = (on_date(extension.created_at), extension.previous_due_on)
        remarks.append(words % dict(zip(("day", "old"), (date_words(each, today) for each in days), strict=True)))
    for began_on, ended_on in held:
        params = {"day": date_words(began_on, today), "ended": date_words(ended_on or today, today)}
        remarks.append(
            _("%(day)s起挂账，停表。") % params if ended_on is None else _("%(day)s至%(ended)s挂账，停表。") % params
        )
    if settled_on is not None:
        params = {"day": date_words(settled_on, today)}
        remarks.append(_("%(day)s办结，停表。") % params if is_resolved else _("%(day)s确定解决方案，停表。") % params)
    span = Span(
        start=deadline.counted_from,
        due=deadline.due_on,
        is_provisional=deadline.is_provisional,
        today=today,
        # Where the clock stands: it ran until today, or until it was stopped.
        reached=min(today, settled_on or today),
        term=deadline.working_days,
        raised_on=issue.raised_on,
        held=held,
        settled_on=settled_on,
        settled_tag=_("办结") if is_resolved else _("定方案"),
        remarks=remarks,
    )
    return draw(span, calendar)
