"""The pages behind the buttons of an issue: each shows what will happen, asks what is needed and calls its service."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_visible_or_404
from issues import services
from issues.deadlines import ClockKeeper, Proposal, newest
from issues.dossier import Dossier
from issues.forms import MovePlanForm, PlanForm, ReferForm, ResolveForm, ResumeForm, ReviewForm, SignForm
from issues.levels import Yardstick
from issues.models import Clock, Issue
from issues.moves_on_offer import MOVES, Desk, Move
from issues.services.review import recounted
from issues.services.suspension import propose_resumption
from issues.why import counting_words
from workdays.calendar import CalendarCoverageError


@dataclass(frozen=True, slots=True)
class Dates:
    """The due date as it is and as it would be, or why it cannot be moved like that."""

    old: date
    new: date | None = None
    why: str = ""
    refusals: list[str] = field(default_factory=list)


def take_up(request: SignedIn, number: str, move: Move) -> Desk:
    """The issue before the person who asks. Http404 for an outsider, PermissionDenied where the move is not theirs."""
    issues = Issue.objects.select_related("platform", "lead_unit", "term", "plan")
    issue = get_visible_or_404(issues, request.user, number=number)
    desk = Desk(Dossier(issue, Yardstick()), request.user)
    if not move.is_for(desk):
        raise PermissionDenied(_("您可以查看，但不能修改这条记录。"))
    return desk


def typed(request: SignedIn) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def answer(
    request: SignedIn,
    desk: Desk,
    move: Move,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    done: str,
    **context: Any,
) -> HttpResponse:
    """Shows the form, makes the move. What was typed stays on the page whatever the answer is."""
    if request.method != "POST" and not move.is_possible(desk):
        return redirect(desk.issue)
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and status == 200:
        try:
            act(form.cleaned_data)
            messages.success(request, done)
            return redirect(desk.issue)
        except services.MoveRefused as refusal:
            form.add_error(None, refusal)
            status = 409
        except ValidationError as refusal:
            put_beside(form, refusal)
            status = 422
        except CalendarCoverageError:
            form.add_error(None, _("工作日历还不够长，请先录入下一年的放假安排。"))
            status = 409
    shown = {
        "issue": desk.issue,
        "move": move,
        "form": form,
        "standing": desk.dossier.yardstick.standing(desk.issue),
        "is_refused": status == 409,
    }
    return render(request, "issues/move.html", {**shown, **context}, status=status)


def put_beside(form: forms.Form, refusal: ValidationError) -> None:
    """Each sentence beside the field it is about; above the form where that has no such field."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)


def dates_of(propose: Callable[[], Proposal]) -> Dates | None:
    """What a proposal comes to, for the page; None where there is no date to speak of."""
    try:
        proposal = propose()
    except ValidationError as refusal:
        return Dates(date.min, refusals=refusal.messages)
    except CalendarCoverageError:
        return Dates(date.min, refusals=[_("工作日历还不够长，请先录入下一年的放假安排。")])
    return Dates(proposal.old, proposal.new, counting_words(proposal.span))


def must_have_seen(request: SignedIn, new: date) -> None:
    """Raises ValidationError unless the page that was sent showed `new` (R29): calendars change between two clicks."""
    if request.POST.get("seen") != new.isoformat():
        raise ValidationError(_("请核对下面的新旧到期日，再提交一次。"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def confirm_plan(request: SignedIn, number: str) -> HttpResponse:
    """T8. The statutory clock stops, the plan's own starts."""
    desk = take_up(request, number, MOVES["confirm-plan"])
    form = PlanForm(typed(request), issue=desk.issue, user=request.user)
    return answer(
        request,
        desk,
        MOVES["confirm-plan"],
        form,
        lambda values: services.confirm_plan(desk.issue, **values, actor=request.user),
        done=_("方案已确定，处置时限停表；现在按承诺日期计时。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def move_plan(request: SignedIn, number: str) -> HttpResponse:
    """R7. F8 goes on by the first date."""
    desk = take_up(request, number, MOVES["move-plan"])
    form = MovePlanForm(typed(request), promised_on=desk.issue.clock_due_on)
    return answer(
        request,
        desk,
        MOVES["move-plan"],
        form,
        lambda values: services.move_plan(desk.issue, **values, actor=request.user),
        done=_("承诺日期已调整，从此按新的日期计时。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def resolve(request: SignedIn, number: str) -> HttpResponse:
    """T9. Whichever clock runs stops."""
    desk = take_up(request, number, MOVES["resolve"])
    return answer(
        request,
        desk,
        MOVES["resolve"],
        ResolveForm(typed(request)),
        lambda values: services.resolve(desk.issue, **values, actor=request.user),
        done=_("已办结，停表。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def refer(request: SignedIn, number: str) -> HttpResponse:
    """T4. Another unit leads and has a working day to sign."""
    desk = take_up(request, number, MOVES["refer"])
    form = ReferForm(typed(request), issue=desk.issue, user=request.user)
    return answer(
        request,
        desk,
        MOVES["refer"],
        form,
        lambda values: services.refer(desk.issue, **values, actor=request.user),
        done=_("已交办，等待签收。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def sign_for(request: SignedIn, number: str) -> HttpResponse:
    """T5. Who signs has it in hand."""
    desk = take_up(request, number, MOVES["sign-for"])
    return answer(
        request,
        desk,
        MOVES["sign-for"],
        SignForm(typed(request)),
        lambda values: services.sign_for(desk.issue, actor=request.user),
        done=_("已签收，您是承办人。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def resume(request: SignedIn, number: str) -> HttpResponse:
    """T15 back. The clock gets its days back."""
    desk = take_up(request, number, MOVES["resume"])
    return answer(
        request,
        desk,
        MOVES["resume"],
        ResumeForm(typed(request)),
        lambda values: services.resume(desk.issue, **values, actor=request.user),
        done=_("已恢复计时，停表的工作日已还回。"),
        dates=dates_of(lambda: propose_resumption(desk.issue, request.user)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def review(request: SignedIn, number: str) -> HttpResponse:
    """A date that a recalculation left alone: keep it, or take what the calendar gives now. Shows both."""
    desk = take_up(request, number, MOVES["review"])
    issue, user = desk.issue, request.user

    def act(values: dict[str, Any]) -> object:
        if not values["keep"]:
            must_have_seen(request, _recount(desk).new)
        return services.review_deadline(issue, **values, actor=user)

    dates = dates_of(lambda: _recount(desk)) if MOVES["review"].is_possible(desk) else None
    form = ReviewForm(typed(request), may_move=dates is None or not dates.refusals)
    return answer(request, desk, MOVES["review"], form, act, done=_("到期日已复核。"), dates=dates)


def _recount(desk: Desk) -> Proposal:
    """The date of the newest version by the calendar as it is now."""
    kept = newest(desk.issue, Clock.STATUTORY)
    if kept is None or kept.working_days is None:
        raise services.MoveRefused(_("这个到期日没有待复核的变化。"))
    return Proposal(kept.due_on, recounted(kept, ClockKeeper(desk.issue, desk.user, desk.dossier.yardstick)))
