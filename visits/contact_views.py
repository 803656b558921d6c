"""The pages of a platform's contact: own issues, the word on a result, a rating, a request. Nothing of the house."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from config.clock import on_date
from config.paging import page_of
from issues import services
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import DONE, ON_STATUTORY_CLOCK, UNRESOLVED, VOID, FirstReplyTerm, Issue, State
from issues.services.rating import RATED_IN, ratings_now, takes_rating
from issues.workflow import Action, MoveRefused, refusal
from liaisons.models import Assignment
from platforms.contact_sessions import FromPlatform, for_contacts, private
from platforms.models import ContactLinkEvent, LinkEventKind, Platform
from visits.contact_forms import FeedbackForm, RatingForm, ReasonForm, RequestForm, WithdrawForm
from visits.contact_words import standing_of, story_of
from visits.feedback import give_feedback
from visits.models import Feedback
from workdays.calendar import CalendarCoverageError, Due

FINISHED = [state for state in (*DONE, *VOID) if state != State.RESOLVED]


@require_safe
@for_contacts
def home(request: FromPlatform) -> HttpResponse:
    """What waits for the platform's word, what is being done, what is finished."""
    mine = Issue.objects.visible_to(request.user)
    cursor = request.GET.get("cursor", "")
    context = {
        "contact": request.contact,
        "waiting": _rows(mine.filter(state=State.RESOLVED).order_by("resolved_at", "pk")),
        "running": _rows(mine.filter(state__in=UNRESOLVED).order_by("-pk")),
        "page": page_of(mine.filter(state__in=FINISHED), ("-pk",), cursor, size=10),
        "officer": _officer_of(request.contact.platform),
        "last_time": _last_time(request.user),
    }
    context["finished"] = _rows(context["page"])
    return render(request, "contacts/home.html", context)


@require_safe
@for_contacts
def issue(request: FromPlatform, number: str) -> HttpResponse:
    return _issue_page(request, _issue(request, number))


@require_POST
@for_contacts
def solved(request: FromPlatform, number: str) -> HttpResponse:
    """R39: one tap."""
    issue = _issue(request, number)
    try:
        services.confirm(issue, actor=request.user)
    except MoveRefused as refused:
        return _overtaken(request, issue, refused)
    messages.success(request, _("记下了，谢谢您。"))
    return redirect("contacts:issue", number)


@require_POST
@for_contacts
def unsolved(request: FromPlatform, number: str) -> HttpResponse:
    """R39, R40: with one line of why, it is taken up again."""
    issue = _issue(request, number)
    form = ReasonForm(request.POST)
    try:
        if form.is_valid():
            services.reopen(issue, reason=form.cleaned_data["reason"], actor=request.user)
            messages.success(request, _("记下了。办理单位已收到，会接着办。"))
            return redirect("contacts:issue", number)
    except MoveRefused as refused:
        return _overtaken(request, issue, refused, form.cleaned_data["reason"])
    except CalendarCoverageError:
        form.add_error(None, _("工作日历还没有排到新的期限，暂时记不下。请致电您的联点干部。"))
    return _issue_page(request, issue, status=422, unsolved=form)


@require_POST
@for_contacts
def withdraw(request: FromPlatform, number: str) -> HttpResponse:
    """T18."""
    issue = _issue(request, number)
    form = WithdrawForm(request.POST)
    try:
        if form.is_valid():
            services.withdraw(issue, reason=form.cleaned_data["reason"], actor=request.user)
            messages.success(request, _("已撤回，不再办理。以后需要时可以重新提出。"))
            return redirect("contacts:issue", number)
    except MoveRefused as refused:
        return _overtaken(request, issue, refused, form.cleaned_data["reason"])
    return _issue_page(request, issue, status=422, withdrawing=form)


@require_POST
@for_contacts
def rate(request: FromPlatform, number: str) -> HttpResponse:
    """R44: once a round, and only by who likes to."""
    issue = _issue(request, number)
    form = RatingForm(request.POST)
    try:
        if form.is_valid():
            services.rate(issue, **form.cleaned_data, actor=request.user)
            messages.success(request, _("评价收到了，谢谢您。联点干部只看得到多份评价的合计。"))
            return redirect("contacts:issue", number)
    except MoveRefused as refused:
        return _overtaken(request, issue, refused)
    return _issue_page(request, issue, status=422, rating=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_contacts
def raise_request(request: FromPlatform) -> HttpResponse:
    """T1: what the platform asks for itself, which a person grades."""
    form = RequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            requested = services.register_request(
                platform=request.contact.platform,
                category=form.chosen,
                text=form.cleaned_data["text"],
                client_id=form.cleaned_data["client_id"],
                actor=request.user,
            )
            return redirect("contacts:receipt", requested.issue.number)
        except ValidationError as refused:
            form.add_error(None, ValidationError(refused.messages))
    context = {"form": form, "officer": _officer_of(request.contact.platform)}
    return render(request, "contacts/raise.html", context, status=422 if form.errors else 200)


@require_safe
@for_contacts
def receipt(request: FromPlatform, number: str) -> HttpResponse:
    """R23: who has it now, where to call, and by when there is a first reply."""
    issue = _issue(request, number)
    context = {"issue": issue, "officer": issue.officer, "reply": _first_reply(issue)}
    return render(request, "contacts/receipt.html", context)


def _first_reply(issue: Issue) -> Due | None:
    """By when the first person asked says what becomes of it; None beyond the calendar."""
    asked_on = on_date(issue.registered_at)
    term = FirstReplyTerm.in_force(asked_on)
    try:
        return Yardstick().calendar_of(issue.calendar_id).due(asked_on, term.working_days)
    except CalendarCoverageError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@for_contacts
def feedback(request: FromPlatform) -> HttpResponse:
    """R55: a complaint or a suggestion, and what became of those with a name."""
    form = FeedbackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = give_feedback(**form.cleaned_data, contact=request.contact)
            return redirect("contacts:feedback-answer", given.code)
        except CalendarCoverageError:
            form.add_error(None, _("工作日历还没有排到答复的日期，暂时记不下，请过几天再提。"))
    context = {"form": form, "given": Feedback.objects.visible_to(request.user)}
    return render(request, "contacts/feedback.html", context, status=422 if form.errors else 200)


@require_safe
@for_contacts
def feedback_answer(request: FromPlatform, code: str) -> HttpResponse:
    """By its code: whoever wrote without a name has nothing else to show."""
    given = get_object_or_404(Feedback, code=code.upper())
    if given.given_by_id not in (None, request.user.pk):
        raise Http404
    return render(request, "contacts/feedback_answer.html", {"given": given})


@require_safe
@for_contacts
def find_answer(request: FromPlatform) -> HttpResponse:
    """From the field in which a code is typed to its page."""
    code = "".join(request.GET.get("code", "").replace("\0", "").split())
    if not Feedback.objects.filter(code=code.upper()).exists():
        messages.info(request, _("没有找到这个查询码，请核对后再试。"))
        return redirect("contacts:feedback")
    return redirect("contacts:feedback-answer", code.upper())


@require_POST
@private
def leave(request: Any) -> HttpResponse:
    """Out, and nothing of it left on this device; the link stays good."""
    logout(request)
    return render(request, "contacts/left.html")


def _issue(request: FromPlatform, number: str) -> Issue:
    """Another platform's does not exist."""
    issues = Issue.objects.select_related("category", "lead_unit", "officer__user", "merged_into")
    return get_object_or_404(issues.visible_to(request.user), number=number)


def _rows(issues: Any) -> list[dict[str, Any]]:
    return [{"issue": each, "standing": standing_of(each)} for each in issues]


def _officer_of(platform: Platform) -> Any:
    """Who looks after the platform now; None while nobody does."""
    present = (
        Assignment.objects.current().filter(platform=platform).select_related("officer__user", "officer__home_unit")
    )
    assignment = present.first()
    return assignment.officer if assignment else None


def _last_time(user: User) -> Any:
    """When somebody came in by this contact's links before this session: who was not there will notice."""
    uses = ContactLinkEvent.objects.filter(link__user=user, kind=LinkEventKind.USED)
    return next(iter(uses.order_by("-at", "-pk").values_list("at", flat=True)[1:2]), None)


def _issue_page(
    request: FromPlatform,
    issue: Issue,
    status: int = 200,
    *,
    unsolved: Form | None = None,
    withdrawing: Form | None = None,
    rating: Form | None = None,
) -> HttpResponse:
    may, given = _moves(issue, request.user), list(ratings_now(issue))
    rated = list(ratings_now(issue).visible_to(request.user))
    rounds: QuerySet[Any] = issue.rounds.all()
    target = issue.merged_into
    context = {
        "issue": issue,
        "standing": standing_of(issue),
        "story": story_of(issue, request.user),
        "officer": _officer_of(request.contact.platform),
        "lead_unit": issue.lead_unit if issue.state in (*ON_STATUTORY_CLOCK, *DONE, State.PLAN_CONFIRMED) else None,
        "plan": getattr(issue, "plan", None) if issue.plan_confirmed_at else None,
        # R37: what was merged is answered by what it was merged into.
        "answer": (target if target.state in DONE else None) if target else (issue if issue.reply else None),
        "rounds": rounds if issue.reopened_count else (),
        "may": may,
        "unsolved": unsolved or ReasonForm(),
        "withdrawing": withdrawing or WithdrawForm(),
        "rating": rating or RatingForm(),
        "rated": rated if issue.state in RATED_IN else (),
        "may_rate": takes_rating(issue, given) and len(rated) == len(given),  # one adds to the own word alone
    }
    return render(request, "contacts/issue.html", context, status=status)


def _moves(issue: Issue, user: User) -> dict[str, bool]:
    """What the table of transitions lets the platform do now."""
    dossier = Dossier(issue, Yardstick())
    wanted = (Action.CONFIRM, Action.REOPEN, Action.WITHDRAW)
    return {action.name.lower(): refusal(dossier, action, user) is None for action in wanted}


def _overtaken(request: FromPlatform, issue: Issue, refused: MoveRefused, typed: str = "") -> HttpResponse:
    """Somebody, or the other finger, was faster: how it stands now, and what was typed."""
    now = _issue(request, issue.number)
    words = _("这件事刚刚已经变成“%(word)s”，所以这一步没有再记一次。") % {"word": standing_of(now).word}
    if typed:
        words += _("您写的是：%(typed)s") % {"typed": typed}
    messages.info(request, words)
    return _issue_page(request, now, status=409)
