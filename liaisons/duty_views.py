"""The pages of contact duties: the list, and the platform's word on a first visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.filters import stray
from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse
from config.paging import page_of
from liaisons.duties import restore_duty, waive_first_visit
from liaisons.duty_filters import DutyFilter
from liaisons.forms import PlatformWordForm
from liaisons.models import Duty, DutyState, Officer
from platforms.models import Platform

NEAREST_FIRST = ("due_on", "pk")
# Descending, PostgreSQL puts nulls first: what is owed.
OWED_FIRST = ("-settled_on", "due_on", "pk")
SHOWN = ("platform", "assignment")


@dataclass(frozen=True, slots=True)
class View:
    """One of the views above the list."""

    label: str | Promise
    query: str
    is_current: bool


VIEWS = (
    (gettext_lazy("还能做的"), "todo=true"),
    (gettext_lazy("过期未完成"), "state=overdue"),
    (gettext_lazy("已完成"), "state=met&state=met_late"),
    (gettext_lazy("无需走访"), "state=waived"),
    (gettext_lazy("全部"), "todo="),
)


@require_safe
@for_readers_of_cases
def duty_list(request: SignedIn) -> HttpResponse:
    """The duties of the platforms the reader may see by due day, what is not yet done first.

    Without a query it opens with what can still be done.
    """
    if not request.GET:
        return redirect(f"{reverse('liaisons:duties')}?todo=true")
    user = request.user
    wanted = DutyFilter(request.GET, Duty.objects.visible_to(user), request=request)
    is_valid: bool = wanted.is_valid()  # type: ignore[no-untyped-call] # django-filter's stubs leave it out
    duties = (wanted.qs if is_valid else Duty.objects.none()).with_state().with_holder()
    is_todo = bool(request.GET.get("todo"))
    order = NEAREST_FIRST if is_todo else OWED_FIRST
    page = page_of(duties.select_related(*SHOWN), order, request.GET.get("cursor", ""))
    context = {
        "page": page,
        "rows": with_holders(page, user),
        "filter": wanted,
        "views": _views(request.GET),
        "is_todo": is_todo,
        "stray": stray(request.GET, DutyFilter),
        "may_log": user.is_officer or user.keeps_register,
    }
    return render(request, "liaisons/duties.html", context, status=200 if is_valid else 422)


def with_holders(duties: Iterable[Any], user: Any) -> list[Any]:
    """The duties, each with `officer`, whose it is, and whether the reader may write the platform's word down."""
    rows = list(duties)
    officers = Officer.objects.select_related("user", "home_unit").in_bulk({row.holder for row in rows if row.holder})
    may_write = set(Duty.objects.editable_by(user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for row in rows:
        row.officer, row.may_write = officers.get(row.holder), row.pk in may_write
    return rows


def _named(asked: QueryDict) -> dict[str, list[str]]:
    """What tells one view from another."""
    return {name: asked.getlist(name) for name in ("todo", "state") if asked.get(name)}


def _views(asked: QueryDict) -> list[View]:
    """The named views; the other filters in force stay."""
    rest = asked.copy()
    for name in ("todo", "state", "cursor"):
        rest.pop(name, None)
    present = _named(asked)
    views = []
    for label, query in VIEWS:
        is_current = _named(QueryDict(query)) == present
        views.append(View(label, "&".join(filter(None, (query, rest.urlencode()))), is_current))
    return views


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def waive(request: SignedIn, pk: int) -> HttpResponse:
    """The platform said that no first visit is needed: who, when, how (R18)."""
    return _word_page(request, pk, waives=True)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def restore(request: SignedIn, pk: int) -> HttpResponse:
    """The platform takes its word back."""
    return _word_page(request, pk, waives=False)


def _word_page(request: SignedIn, pk: int, *, waives: bool) -> HttpResponse:
    duties = Duty.objects.select_related("platform", "assignment__officer__user").with_state()
    duty: Any = get_editable_or_refuse(duties, request.user, pk=pk)
    form = PlatformWordForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_valid():
            service = waive_first_visit if waives else restore_duty
            kept = service(duty, **form.cleaned_data, actor=request.user)
            messages.success(request, _("已记下：平台表示无需走访。") if waives else _restored(kept))
            return redirect(duty.platform)
    except ValidationError as refusal:
        form.refuse(refusal)
    platform: Platform = duty.platform
    context = {
        "duty": duty,
        "platform": platform,
        "form": form,
        "waives": waives,
        "words": duty.words.select_related("recorded_by"),
        "is_possible": duty.state == DutyState.WAIVED
        if not waives
        else duty.state in (DutyState.OPEN, DutyState.OVERDUE),
    }
    return render(request, "liaisons/platform_word.html", context, status=422 if form.errors else 200)


def _restored(duty: Duty) -> str:
    if duty.met_on is not None:
        return _("已更正：这家平台已于%(day)s走访过。") % {"day": duty.met_on}
    return _("已更正：请于%(day)s前走访。") % {"day": duty.due_on}
