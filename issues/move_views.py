"""The pages behind the buttons of an issue: each shows what will happen, asks what is needed and makes the move."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_visible_or_404
from issues import services
from issues.deadlines import Proposal
from issues.dossier import Dossier
from issues.forms import DecisionForm, MoveForm
from issues.grading import suggested_tier as tier_suggested_by
from issues.in_sight import TOO_SHORT
from issues.levels import Yardstick
from issues.models import UNRESOLVED, Issue, Request, RequestKind, RequestState
from issues.moves_on_offer import DECIDE, LOOKS, Desk, label_of
from issues.plays import PLAYS, Play
from issues.services.requests import proposal_of
from issues.why import counting_words
from issues.workflow import Action
from workdays.calendar import CalendarCoverageError

NEEDED = ("platform", "category", "lead_unit", "home_unit", "officer", "term", "plan")


@dataclass(frozen=True, slots=True)
class Dates:
    """The due date as it is and as it would be, or why it cannot be moved like that."""

    old: date
    new: date | None = None
    why: str = ""
    refusals: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """What templates/issues/move.html says above the form."""

    label: str
    icon: str
    lead: str


def desk_of(request: SignedIn, number: str) -> Desk:
    """The issue before the person who asks. Raises Http404 for an outsider."""
    issue = get_visible_or_404(Issue.objects.select_related(*NEEDED), request.user, number=number)
    return Desk(Dossier(issue, Yardstick()), request.user)


def take_up(request: SignedIn, number: str, action: Action) -> Desk:
    """As desk_of. Raises PermissionDenied where the move is not theirs, whatever the state."""
    desk = desk_of(request, number)
    if request.user.is_reader or not desk.is_mine(action):
        raise PermissionDenied(_("您可以查看，但不能修改这条记录。"))
    return desk


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def move(request: SignedIn, number: str, action: Action) -> HttpResponse:
    """Any move of the table that has a play: T2-T19."""
    desk, play, look = take_up(request, number, action), PLAYS[action], LOOKS[action]
    if request.method != "POST" and (refused := desk.refusal(action)) is not None:
        messages.warning(request, sentence(refused))
        return redirect(desk.issue)
    form = play.form(typed(request), desk=desk)
    page = Page(label_of(action), look.icon, str(look.lead))

    def act(values: dict[str, Any]) -> object:
        proposal = play.propose(desk, values) if play.propose and play.must_see else None
        if proposal is not None:
            must_have_seen(request, proposal.new)
        return play.act(desk, values)

    other = _unseen(request, desk, play, form)
    in_sight = {**_in_sight(desk, action, play, form), **_shown_first(desk, other)}
    return answer(request, desk, page, form, act, done=str(play.done), is_ready=other is None, **in_sight)


def _unseen(request: SignedIn, desk: Desk, play: Play, form: MoveForm) -> Issue | None:
    """The other issue that was named and that the page has not shown yet; None also where the move will be refused."""
    if not (play.into and form.is_bound and form.is_valid()) or desk.issue.state not in UNRESOLVED:
        return None
    other: Issue = form.cleaned_data[play.into]
    is_possible = other.state in UNRESOLVED and other.pk != desk.issue.pk
    return other if is_possible and request.POST.get("shown") != other.number else None


def _shown_first(desk: Desk, other: Issue | None) -> dict[str, Any]:
    return {"other": other, "other_standing": desk.dossier.yardstick.standing(other)} if other else {}


def _in_sight(desk: Desk, action: Action, play: Play, form: MoveForm) -> dict[str, Any]:
    """The days that stand on the page, and where they come from while the form is being filled in."""
    if desk.refusal(action) is not None:
        return {}
    facts = play.facts(desk) if play.facts else []
    if play.propose is None:
        return {"facts": facts}
    propose = play.propose
    if not play.asks:
        return {"facts": facts, "dates": dates_of(lambda: propose(desk, {}))}
    value = form.cleaned_data.get(play.asks) if form.is_bound and form.is_valid() else None
    dates = dates_of(lambda: propose(desk, {play.asks: value})) if value else None
    # What is wrong with the value is said beside its field.
    shown = dates if dates and dates.new else None
    url = reverse(f"issues:{action}-dates", args=[desk.issue.number])
    return {"facts": facts, "dates_url": url, "dates_field": play.asks, "dates": shown}


@require_safe
@for_readers_of_cases
def dates(request: SignedIn, number: str, action: Action) -> HttpResponse:
    """The fragment with both dates, while the form is being filled in."""
    desk, play = take_up(request, number, action), PLAYS[action]
    try:
        value = play.form(desk=desk).fields[play.asks].clean(request.GET.get(play.asks, ""))
    except ValidationError as refusal:
        found: Dates | None = Dates(desk.dossier.yardstick.today, refusals=refusal.messages)
    else:
        found = dates_of(lambda: play.propose and play.propose(desk, {play.asks: value}))
    status = 422 if found and found.refusals else 200
    return render(request, "issues/_dates.html", {"dates": found}, status=status)


@require_safe
@for_readers_of_cases
def suggested_tier(request: SignedIn) -> HttpResponse:
    """R27, while the grading form is filled in: from its three selects."""
    said = (request.GET.get(name, "") for name in ("nature", "urgency", "importance"))
    return render(request, "issues/_suggestion.html", {"tier": tier_suggested_by(*said)})


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def decide(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """A second person approves or refuses, with what an approval does in sight."""
    desk = desk_of(request, number)
    asked = get_object_or_404(Request.objects.select_related("asked_by"), issue=desk.issue, pk=pk)
    asked.issue = desk.issue
    if not desk.may_decide(asked):
        raise PermissionDenied(_("这项申请不由您审批。"))
    if request.method != "POST" and asked.state != RequestState.PENDING:
        messages.warning(request, _("这项申请已经有结果了。"))
        return redirect(desk.issue)
    moves_date = asked.kind in (RequestKind.EXTEND, RequestKind.RETIER) and asked.state == RequestState.PENDING

    def act(values: dict[str, Any]) -> object:
        if values["approve"] and moves_date:
            must_have_seen(request, proposal_of(asked).new)
        return services.decide(asked, **values, actor=request.user)

    return answer(
        request,
        desk,
        Page(str(DECIDE.label), DECIDE.icon, str(DECIDE.lead)),
        DecisionForm(typed(request)),
        act,
        done=_("审批意见已记录。"),
        asked=asked,
        dates=dates_of(lambda: proposal_of(asked)) if moves_date else None,
    )


def typed(request: SignedIn) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def answer(
    request: SignedIn,
    desk: Desk,
    page: Page,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    done: str,
    is_ready: bool = True,
    **context: Any,
) -> HttpResponse:
    """Shows the form, makes the move if `is_ready`. What was typed stays on the page whatever the answer is."""
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and status == 200 and is_ready:
        try:
            act(form.cleaned_data)
            messages.success(request, done)
            return redirect(desk.issue)
        except services.MoveRefused as refusal:
            context["refusal"], status = sentence(refusal), 409
        except services.Stale as refusal:
            form.data = _on_top_of(refusal.theirs, form)
            context |= {"theirs": refusal.theirs, "refusal": sentence(refusal)}
            status = 409
        except ValidationError as refusal:
            put_beside(form, refusal)
            status = 422
        except CalendarCoverageError:
            context["refusal"], status = TOO_SHORT, 409
    shown = {
        "issue": desk.issue,
        "move": page,
        "form": form,
        "standing": desk.dossier.yardstick.standing(desk.issue),
        "is_refused": status == 409 and "theirs" not in context,
    }
    return render(request, "issues/move.html", {**shown, **context}, status=status)


def sentence(refusal: ValidationError) -> str:
    """All that it says, as one text."""
    return " ".join(refusal.messages)


def _on_top_of(theirs: Issue, form: forms.Form) -> QueryDict:
    """What was typed, ready to be saved once more with both versions in sight."""
    data: QueryDict = form.data.copy()  # type: ignore[attr-defined] # a bound form's data are the request's
    data["version"] = str(theirs.version)
    return data


def put_beside(form: forms.Form, refusal: ValidationError) -> None:
    """Each sentence beside the field it is about; above the form where that has no such field."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, errors)


def dates_of(propose: Callable[[], Proposal | None]) -> Dates | None:
    """What a proposal comes to, for the page; None where there is no date to speak of."""
    try:
        proposal = propose()
    except ValidationError as refusal:
        return Dates(date.min, refusals=refusal.messages)
    except CalendarCoverageError:
        return Dates(date.min, refusals=[str(TOO_SHORT)])
    return Dates(proposal.old, proposal.new, counting_words(proposal.span)) if proposal else None


def must_have_seen(request: SignedIn, new: date) -> None:
    """Raises ValidationError unless the page that was sent showed `new` (R29): calendars change between two clicks."""
    if request.POST.get("seen") != new.isoformat():
        raise ValidationError(_("请核对下面的新旧到期日，再提交一次。"))
