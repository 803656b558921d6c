"""The page on which the bureau shares platforms out: a proposal, changed line by line, applied as a whole."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.guards import SignedIn, for_register_keepers
from config.clock import today
from config.fields import WordsField
from liaisons import services
from liaisons.forms import active_officers, day_field
from liaisons.models import Absence, Assignment, Officer, PortfolioRule
from liaisons.planning import district_of, proposal
from liaisons.services import portfolio_rule
from platforms.models import Platform

# So many lines a time: a page that can still be looked through, and a form that Django takes.
MOST_LINES = 300
PREFIX = "officer-"


class PlanForm(forms.Form):
    """One field a platform, which takes a staff number and whatever follows it; empty leaves the platform for later."""

    started_on = day_field(gettext_lazy("开始日期"), initial=today)
    exception_reason = WordsField(
        label=gettext_lazy("例外理由"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("有人因此超过上限时才要填写。"),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        platforms: Iterable[Platform],
        officers: Iterable[Officer],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.platforms = list(platforms)
        self.by_number = {officer.staff_no: officer for officer in officers}
        self.fields["started_on"].widget.attrs["max"] = today().isoformat()
        for platform in self.platforms:
            self.fields[f"{PREFIX}{platform.pk}"] = WordsField(
                label=platform.name,
                required=False,
                max_length=100,
                widget=forms.TextInput(attrs={"list": "ld-officers", "autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for platform in self.platforms:
            name = f"{PREFIX}{platform.pk}"
            if said := cleaned.get(name, ""):
                officer = self.by_number.get(said.split()[0])
                if officer is None:
                    self.add_error(name, _("没有这位干部，请从列表里选。"))
                cleaned[name] = officer
        return cleaned

    @property
    def pairs(self) -> list[tuple[Platform, Officer]]:
        """The lines with an officer, as far as they are understood."""
        said = getattr(self, "cleaned_data", {})
        named = ((platform, said.get(f"{PREFIX}{platform.pk}")) for platform in self.platforms)
        return [(platform, officer) for platform, officer in named if officer]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What an officer carries before and after."""

    officer: Any
    before: int
    after: int
    rule: PortfolioRule

    @property
    def is_out_of_range(self) -> bool:
        return self.after > self.rule.maximum or 0 < self.after < self.rule.minimum


class Plan:
    """The page: its lines, why each is as it is, and what they come to."""

    def __init__(self, asked: QueryDict, typed: QueryDict | None) -> None:
        self.rule = portfolio_rule()
        self.officers = list(active_officers())
        self.batch = asked.get("batch", "")
        rows = Platform.objects.select_related("district", "tech_domain", "competent_unit").order_by(
            "batch", "sort_key", "pk"
        )
        free = rows.exclude(pk__in=held_today())
        if self.batch.isdecimal() and len(self.batch) < 5:
            free = free.filter(batch=int(self.batch))
        if typed is None:
            self.waiting = free.count()
            self.platforms = list(free[:MOST_LINES])
            self._propose()
        else:
            # What was shown stays on the page, even where somebody has assigned it meanwhile.
            self.platforms = list(rows.filter(pk__in=_keys(typed)))
            self.waiting = len(self.platforms)
            self.why = {platform.pk: typed.get(f"why-{platform.pk}", "")[:200] for platform in self.platforms}
            self.form = PlanForm(typed, platforms=self.platforms, officers=self.officers)

    def _propose(self) -> None:
        away = set(Absence.objects.on(today()).values_list("officer", flat=True))
        present = [officer for officer in self.officers if officer.pk not in away]
        suggestions, _desks = proposal(present, self.platforms, self.rule)
        self.why = {each.platform: each.why for each in suggestions}
        by_pk = {officer.pk: officer for officer in self.officers}
        pairs = zip(self.platforms, suggestions, strict=True)
        self.proposed = [(platform, by_pk[each.officer]) for platform, each in pairs if each.officer is not None]
        initial = {f"{PREFIX}{platform.pk}": option_of(officer) for platform, officer in self.proposed}
        self.form = PlanForm(platforms=self.platforms, officers=self.officers, initial=initial)

    @cached_property
    def pairs(self) -> list[tuple[Platform, Officer]]:
        return self.form.pairs if self.form.is_bound else self.proposed

    @property
    def lines(self) -> list[tuple[Platform, forms.BoundField, str]]:
        return [(each, self.form[f"{PREFIX}{each.pk}"], self.why.get(each.pk, "")) for each in self.platforms]

    @property
    def options(self) -> list[str]:
        return [option_of(officer) for officer in self.officers]

    @property
    def batches(self) -> list[int]:
        free = Platform.objects.exclude(pk__in=held_today())
        return sorted(free.order_by().values_list("batch", flat=True).distinct())

    @cached_property
    def portfolios(self) -> list[Portfolio]:
        """Every officer, those first whose number changes."""
        more = Counter(officer.pk for _platform, officer in self.pairs)
        rows = []
        for officer in self.officers:
            before: int = officer.current_platforms  # type: ignore[attr-defined] # with_load adds it
            rows.append(Portfolio(officer, before, before + more[officer.pk], self.rule))
        return sorted(rows, key=lambda row: (not row.is_out_of_range, row.before == row.after))

    @property
    def changes(self) -> list[Portfolio]:
        """The officers whose number changes, and those outside the rule; nothing is to be looked through for them."""
        return [row for row in self.portfolios if row.before != row.after or row.is_out_of_range]

    @property
    def summary(self) -> str:
        """What the lines come to, in one sentence."""
        loads = [row.after for row in self.portfolios if row.after]
        near = sum(district_of(officer) == platform.district.code for platform, officer in self.pairs)
        values = {"n": len(self.pairs), "all": len(self.platforms), "near": near}
        words = _("共%(all)d家，已选好%(n)d家，其中%(near)d家与干部同区县或园区。") % values
        if loads:
            ends = {"least": min(loads), "most": max(loads)}
            words += _("安排后有平台的干部每人最少%(least)d家、最多%(most)d家。") % ends
        return words


def held_today() -> "QuerySet[Assignment, int]":
    """Keys of the platforms that are somebody's today, be it for the last day: the next one begins tomorrow."""
    return Assignment.objects.on(today()).order_by().values_list("platform", flat=True)


def option_of(officer: Any) -> str:
    """A line of the list to choose from: the staff number first, which the form goes by."""
    return f"{officer.staff_no} {officer.user.name} {officer.home_unit.label}"


def _keys(typed: QueryDict) -> list[int]:
    keys = (name.removeprefix(PREFIX) for name in typed if name.startswith(PREFIX))
    return [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19][:MOST_LINES]


@require_http_methods(["GET", "HEAD", "POST"])
@for_register_keepers
def plan(request: SignedIn) -> HttpResponse:
    """Proposes officers for the platforms that have none; `action=totals` only counts, anything else applies all."""
    shown = Plan(request.GET, request.POST if request.method == "POST" else None)
    is_counting = request.POST.get("action") == "totals"
    if shown.form.is_bound and shown.form.is_valid() and not is_counting:
        try:
            _apply(request, shown)
        except ValidationError as refusal:
            for key, errors in refusal.error_dict.items():
                shown.form.add_error(f"{PREFIX}{key}" if key.isdecimal() else None, errors)
        else:
            return redirect(request.get_full_path())
    status = 422 if shown.form.is_bound and shown.form.errors and not request.htmx else 200  # type: ignore[attr-defined] # django-htmx's
    template = "liaisons/_plan_totals.html" if request.htmx else "liaisons/plan.html"  # type: ignore[attr-defined] # as above
    return render(request, template, {"plan": shown, "form": shown.form}, status=status)


def _apply(request: SignedIn, shown: Plan) -> None:
    said = shown.form.cleaned_data
    if not shown.pairs:
        raise ValidationError({"none": [_("还没有选干部。")]})
    made = services.assign_all(
        shown.pairs,
        started_on=said["started_on"],
        actor=request.user,
        exception_reason=said["exception_reason"],
    )
    n = len(made)
    messages.success(request, ngettext("已安排%(n)d家平台。", "已安排%(n)d家平台。", n) % {"n": n})
