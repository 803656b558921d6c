"""The pages on which responsibility passes on: what waits for the reader, a handover, a case, a whole desk."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.leaving import work_of
from accounts.scope import get_visible_or_404
from issues.handovers import services
from issues.handovers.desks import desks_visible_to, may_clear, may_see_names
from issues.handovers.forms import AskCaseForm, AskPlatformForm, DeclineForm, DeskForm, put_beside
from issues.levels import Yardstick
from issues.models import CaseHandover, Issue
from issues.workflow import MoveRefused
from liaisons import handovers
from liaisons.models import Absence, Handover
from liaisons.services import AssignmentRefused, most_carried, portfolio_rule
from platforms.models import Platform

MOST_SETTLED = 20
PLATFORM_PARTS = ("platform__district", "giver__user", "giver__home_unit", "receiver__user", "receiver__home_unit")
CASE_PARTS = ("issue__platform", "giver__unit", "receiver__unit", "asked_by", "decided_by")


@require_safe
@for_readers_of_cases
def handover_list(request: SignedIn) -> HttpResponse:
    """What waits for the reader's word, what is on its way, who stands in for whom, what became of it."""
    user = request.user
    platforms = Handover.objects.visible_to(user).select_related(*PLATFORM_PARTS)
    cases = CaseHandover.objects.visible_to(user).select_related(*CASE_PARTS)
    mine = [*platforms.waiting_for(user), *cases.waiting_for(user)]
    absences = Absence.objects.visible_to(user).not_over()
    context = {
        "mine": mine,
        "under_way": [each for each in (*platforms.open(), *cases.open()) if each not in mine],
        "absences": absences.select_related("officer__user", "deputy__user").order_by("starts_on", "pk"),
        "settled": _newest([*_settled(platforms), *_settled(cases)]),
        "officer": getattr(user, "officer", None),
        "may_end": set(Absence.objects.editable_by(user).values_list("pk", flat=True)),
    }
    return render(request, "handovers/list.html", context)


def _settled(rows: Any) -> list[Any]:
    return list(rows.exclude(pk__in=rows.open().values("pk"))[:MOST_SETTLED])


def _newest(offers: list[Any]) -> list[Any]:
    return sorted(offers, key=lambda offer: offer.asked_at, reverse=True)[:MOST_SETTLED]


# --- a platform -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def ask_platform(request: SignedIn, pk: int) -> HttpResponse:
    """Asks somebody to take a platform over. Over the maximum the page asks for the reason."""
    platform = get_visible_or_404(Platform.objects.select_related("district"), request.user, pk=pk)
    present = platform.assignments.current().select_related("officer__user", "officer__home_unit").first()
    if present is None or not handovers.may_give_away(present.officer, request.user):
        raise PermissionDenied(_("由联点干部本人、所在单位负责人或市科技局提出移交。"))
    under_way = Handover.objects.open().filter(platform=platform).first()
    if under_way is not None and request.method != "POST":
        return redirect(under_way)
    form = AskPlatformForm(
        request.POST if request.method == "POST" else None, platform=platform, present=present.officer
    )
    try:
        if form.is_valid():
            said = {name: value for name, value in form.cleaned_data.items() if name != "moving"}
            handover = services.ask_platform(platform, **said, staying=form.staying, actor=request.user)
            words = _("已请%(name)s接手。对方接受之前，仍由%(giver)s负责。")
            messages.success(request, words % {"name": handover.receiver.user.name, "giver": present.officer.user.name})
            return redirect(handover)
    except ValidationError as refusal:
        form.refuse(refusal)
    context = {"platform": platform, "present": present, "form": form, "rule": portfolio_rule()}
    return render(request, "handovers/ask_platform.html", context, status=422 if form.errors else 200)


@require_safe
@for_readers_of_cases
def platform_handover(request: SignedIn, pk: int) -> HttpResponse:
    return _platform_page(request, _platform_handover(request, pk))


def _platform_handover(request: SignedIn, pk: int) -> Handover:
    rows = Handover.objects.select_related(*PLATFORM_PARTS, "platform__type", "asked_by", "decided_by")
    return get_visible_or_404(rows, request.user, pk=pk)


def _platform_page(
    request: SignedIn, handover: Handover, form: forms.Form | None = None, refusal: ValidationError | None = None
) -> HttpResponse:
    """What passes to whom and when, what it makes of both portfolios, and what the reader can do about it."""
    user = request.user
    choices = handover.choices.select_related("issue__term")
    yardstick = Yardstick()
    carried = {
        "giver": handover.giver.assignments.current().count(),
        "receiver": most_carried(handover.receiver, handover.effective_on or handover.planned_on),
    }
    context = {
        "handover": handover,
        "choices": [(choice, yardstick.standing(choice.issue)) for choice in choices],
        "rule": portfolio_rule(),
        "carried": carried,
        "after": {
            "giver": carried["giver"] - 1,
            "receiver": carried["receiver"] + (1 if handover.is_waiting else 0),
        },
        "may_decide": handover.is_waiting and handover.receiver.user_id == user.pk,
        "may_withdraw": handover.is_open and Handover.objects.editable_by(user).filter(pk=handover.pk).exists(),
        "may_open": Platform.objects.visible_to(user).filter(pk=handover.platform_id).exists(),
    }
    return _page(request, "handovers/platform.html", context, form, refusal)


def _page(
    request: SignedIn,
    template: str,
    context: dict[str, Any],
    form: forms.Form | None,
    refusal: ValidationError | None,
) -> HttpResponse:
    shown = {**context, "form": form or DeclineForm(), "trouble": refusal.messages if refusal else []}
    return render(request, template, shown, status=422 if form else 409 if refusal else 200)


@require_POST
@for_readers_of_cases
def accept_platform(request: SignedIn, pk: int) -> HttpResponse:
    handover = _for_the_receiver(request, pk)
    try:
        handover = services.accept_platform(handover, actor=request.user)
    except AssignmentRefused as refusal:
        return _platform_page(request, _platform_handover(request, pk), refusal=refusal)
    day = handover.effective_on
    words = _("您从今天起负责这家平台。") if not handover.is_open else _("已接受，%(day)s起由您负责。") % {"day": day}
    messages.success(request, words)
    return redirect(handover)


@require_POST
@for_readers_of_cases
def decline_platform(request: SignedIn, pk: int) -> HttpResponse:
    handover = _for_the_receiver(request, pk)
    form = DeclineForm(request.POST)
    try:
        if form.is_valid():
            handovers.decline(handover, **form.cleaned_data, actor=request.user)
            messages.success(
                request, _("已告诉对方您没有接受，平台仍由%(name)s负责。") % {"name": handover.giver.user.name}
            )
            return redirect(handover)
    except AssignmentRefused as refusal:
        return _platform_page(request, _platform_handover(request, pk), refusal=refusal)
    return _platform_page(request, _platform_handover(request, pk), form)


def _for_the_receiver(request: SignedIn, pk: int) -> Handover:
    handover = _platform_handover(request, pk)
    if handover.receiver.user_id != request.user.pk:
        raise PermissionDenied(_("由接收人%(name)s决定。") % {"name": handover.receiver.user.name})
    return handover


@require_POST
@for_readers_of_cases
def withdraw_platform(request: SignedIn, pk: int) -> HttpResponse:
    handover = _platform_handover(request, pk)
    if not Handover.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(_("由提出的人撤回。"))
    try:
        handovers.withdraw(handover, actor=request.user)
    except AssignmentRefused as refusal:
        return _platform_page(request, _platform_handover(request, pk), refusal=refusal)
    messages.success(request, _("已撤回，平台仍由%(name)s负责。") % {"name": handover.giver.user.name})
    return redirect(handover)


# --- one case ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def ask_case(request: SignedIn, number: str) -> HttpResponse:
    """Asks a colleague to take one case."""
    issues = Issue.objects.select_related("platform", "category", "lead_unit", "handler__unit", "term")
    issue = get_visible_or_404(issues, request.user, number=number)
    if not services.may_hand_over(issue, request.user):
        raise PermissionDenied(_("由承办人、所在单位负责人或市科技局提出移交。"))
    under_way = CaseHandover.objects.open().filter(issue=issue, giver=issue.handler_id).first()
    if request.method != "POST" and (under_way is not None or not issue.is_unresolved):
        return redirect(under_way or issue)
    form = AskCaseForm(request.POST if request.method == "POST" else None, issue=issue)
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and status == 200:
        try:
            handover = services.ask_case(issue, **form.cleaned_data, actor=request.user)
        except MoveRefused as refusal:
            form.add_error(None, refusal)
            status = 409
        except ValidationError as refusal:
            put_beside(form, refusal)
            status = 422
        else:
            words = _("已请%(name)s接手。对方接受之前，仍由%(giver)s承办。")
            messages.success(request, words % {"name": handover.receiver.name, "giver": handover.giver.name})
            return redirect(handover)
    context = {"issue": issue, "form": form, "standing": Yardstick().standing(issue)}
    return render(request, "handovers/ask_case.html", context, status=status)


@require_safe
@for_readers_of_cases
def case_handover(request: SignedIn, pk: int) -> HttpResponse:
    return _case_page(request, _case_handover(request, pk))


def _case_handover(request: SignedIn, pk: int) -> CaseHandover:
    rows = CaseHandover.objects.select_related(*CASE_PARTS, "issue__term", "issue__lead_unit")
    return get_visible_or_404(rows, request.user, pk=pk)


def _case_page(
    request: SignedIn, handover: CaseHandover, form: forms.Form | None = None, refusal: ValidationError | None = None
) -> HttpResponse:
    user = request.user
    context = {
        "handover": handover,
        "issue": handover.issue,
        "standing": Yardstick().standing(handover.issue),
        "may_decide": handover.is_waiting and handover.receiver_id == user.pk,
        "may_withdraw": handover.is_waiting and CaseHandover.objects.editable_by(user).filter(pk=handover.pk).exists(),
        "may_open": Issue.objects.visible_to(user).filter(pk=handover.issue_id).exists(),
    }
    return _page(request, "handovers/case.html", context, form, refusal)


@require_POST
@for_readers_of_cases
def accept_case(request: SignedIn, pk: int) -> HttpResponse:
    handover = _case_for_the_receiver(request, pk)
    return _act(request, pk, lambda: services.accept_case(handover, actor=request.user), _("已接受，您是承办人。"))


@require_POST
@for_readers_of_cases
def decline_case(request: SignedIn, pk: int) -> HttpResponse:
    handover = _case_for_the_receiver(request, pk)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _case_page(request, handover, form)
    done = _("已告诉对方您没有接受，仍由%(name)s承办。") % {"name": handover.giver.name}
    return _act(request, pk, lambda: services.decline_case(handover, **form.cleaned_data, actor=request.user), done)


@require_POST
@for_readers_of_cases
def withdraw_case(request: SignedIn, pk: int) -> HttpResponse:
    handover = _case_handover(request, pk)
    if not CaseHandover.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(_("由提出的人撤回。"))
    done = _("已撤回，仍由%(name)s承办。") % {"name": handover.giver.name}
    return _act(request, pk, lambda: services.withdraw_case(handover, actor=request.user), done)


def _case_for_the_receiver(request: SignedIn, pk: int) -> CaseHandover:
    handover = _case_handover(request, pk)
    if handover.receiver_id != request.user.pk:
        raise PermissionDenied(_("由接收人%(name)s决定。") % {"name": handover.receiver.name})
    return handover


def _act(request: SignedIn, pk: int, act: Callable[[], CaseHandover], done: str) -> HttpResponse:
    try:
        handover = act()
    except MoveRefused as refusal:
        return _case_page(request, _case_handover(request, pk), refusal=refusal)
    messages.success(request, done)
    return redirect(handover)


# --- everything on a desk ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def desk(request: Any, pk: int) -> HttpResponse:
    """All that a person answers for, and one form that asks others to take it over. Administrators see how much it is,
    not what."""
    person = get_object_or_404(desks_visible_to(request.user).select_related("unit"), pk=pk)
    if request.method == "POST" and not may_clear(person, request.user):
        raise PermissionDenied(_("由市科技局、所在单位负责人或本人移交。"))
    with transaction.atomic():
        work = work_of(person)
    context: dict[str, Any] = {"person": person, "work": work, "may_clear": may_clear(person, request.user)}
    status = 200
    if may_see_names(request.user):
        form = DeskForm(request.POST if request.method == "POST" else None, person=person)
        try:
            if form.is_valid():
                asked = services.hand_over_desk(person, form.plan(), actor=request.user)
                words = ngettext("已提出%(n)d项移交，等待接收人接受。", "已提出%(n)d项移交，等待接收人接受。", asked)
                messages.success(request, words % {"n": asked})
                return redirect("handovers:desk", person.pk)
        except ValidationError as refusal:
            put_beside(form, refusal)
        status = 422 if form.errors else 200
        context["form"] = form
    return render(request, "handovers/desk.html", context, status=status)
