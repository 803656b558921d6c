"""The pages between a selection and its outcome: what will happen to each row, then what has happened."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from issues.bulk import services
from issues.bulk.acts import ACTS, BulkAct, Row
from issues.bulk.forms import BulkForm
from issues.bulk.selection import Selection, select
from issues.models import Bulk, LineState
from issues.saved_views.queries import canonical
from issues.saved_views.views import address_of
from issues.workflow import Action


@dataclass(frozen=True, slots=True)
class Preview:
    """The rows for which the move will be made, and those for which it cannot."""

    rows: list[Row]

    @property
    def ready(self) -> list[Row]:
        return [row for row in self.rows if not row.refused]

    @property
    def refused(self) -> list[Row]:
        return [row for row in self.rows if row.refused]


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def prepare(request: SignedIn, action: Action) -> HttpResponse:
    """Asks what is needed, shows row by row what will happen, and does it once that has been confirmed.

    `n` are the numbers, `step` is `confirm` on the page that showed the preview of exactly these values. `change` leads
    from there back to the form, with the numbers that the preview had `skipped`.
    """
    act = ACTS[action]
    if request.user.is_reader or not act.is_for(request.user):
        raise PermissionDenied(_("这一步不由您办理。"))
    given = request.POST if request.method == "POST" else request.GET
    step = request.POST.get("step")
    skipped = given.getlist("skipped") if step == "change" else []
    chosen = select([*given.getlist("n"), *skipped], request.user)
    if chosen.fault:
        return _page(request, act, chosen, None, status=422)
    form = act.form(request.POST if request.method == "POST" else None, issues=chosen.issues, user=request.user)
    if not form.is_bound:
        return _page(request, act, chosen, form, Preview(list(act.foresee(chosen.issues, None, request.user))))
    if not form.is_valid() or step == "change":
        preview = Preview(list(act.foresee(chosen.issues, None, request.user)))
        return _page(request, act, chosen, form, preview, status=422 if form.errors else 200)
    if step == "confirm" and (key := _key(request.POST)):
        return _confirm(request, act, chosen, form, key)
    preview = Preview(list(act.foresee(chosen.issues, form.cleaned_data, request.user)))
    return _page(request, act, chosen, form, preview, is_previewed=True)


def _confirm(request: SignedIn, act: BulkAct, chosen: Selection, form: BulkForm, key: uuid.UUID) -> HttpResponse:
    try:
        bulk = services.begin(key, act.action, chosen.issues, **form.cleaned_data, actor=request.user)
    except Bulk.DoesNotExist as stranger:
        raise Http404 from stranger
    services.carry_out(bulk)
    back = canonical(QueryDict(request.POST.get("list", "")))
    return redirect(f"{reverse('issues:bulk-outcome', args=[bulk.pk])}?{QueryDict(back).urlencode()}")


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def outcome(request: SignedIn, key: uuid.UUID) -> HttpResponse:
    """What came of each row. A bulk that was interrupted goes on by POST."""
    if request.method == "POST":
        services.carry_out(get_editable_or_refuse(Bulk.objects, request.user, pk=key))
        return redirect(request.get_full_path())
    bulk = get_visible_or_404(Bulk.objects.select_related("unit"), request.user, pk=key)
    lines = list(bulk.lines.select_related("issue__platform", "issue__lead_unit"))
    context = {
        "bulk": bulk,
        "act": ACTS[Action(bulk.action)],
        "lines": sorted(lines, key=lambda line: (line.state == LineState.DONE, line.pk)),
        "counts": {state.value: sum(line.state == state for line in lines) for state in LineState},
        "back": address_of(canonical(request.GET)),
    }
    return render(request, "issues/bulk_outcome.html", context)


def _key(posted: QueryDict) -> uuid.UUID | None:
    try:
        return uuid.UUID(posted.get("key", ""))
    except ValueError:
        return None


def _page(
    request: SignedIn,
    act: BulkAct,
    chosen: Selection,
    form: BulkForm | None,
    preview: Preview | None = None,
    *,
    is_previewed: bool = False,
    status: int = 200,
) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    back = canonical(QueryDict(given.get("list", "")))
    is_last = is_previewed or not act.asks_first
    context: dict[str, Any] = {
        "act": act,
        "chosen": chosen,
        "form": form,
        "preview": preview,
        # The page whose button makes the moves; with the values of the preview where it follows from them.
        "is_last": is_last,
        "is_settled": is_previewed and act.asks_first,
        "key": uuid.uuid4(),
        "list": back,
        "back": address_of(back),
    }
    return render(request, "issues/bulk.html", context, status=status)
