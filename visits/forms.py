"""The log form: one visit, its needs in four domains, any number of issues. Judges each field; log_visit decides.

Issue rows are told apart by keys (`issue=0&issue=2`, fields `issue-0-text`): a row may go without a gap to mend.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.choices import CallableChoiceIterator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import calendar_for
from config.clock import today
from config.fields import WordsField
from config.forms import DayInput
from issues.grading import suggested_tier
from issues.models import Importance, IssueCategory, Nature, Tier, Urgency
from issues.services import NewIssue
from issues.services.registration import check_reason, terms_in_force
from issues.tier_cards import TierCard, tier_cards
from platforms.models import Platform, PlatformQuerySet
from visits.models import MODE_ICONS, Mode, NeedDomain
from visits.services import Need, NewVisit, check_visited_on
from workdays.calendar import current_calendars

MOST_ISSUES = 100
MOST_FOUND = 20


def _words(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ModeSelect(forms.RadioSelect):
    """The modes of contact, each with its icon."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "icon": MODE_ICONS[value]}


class ClientIdField(forms.UUIDField):
    """The id that makes a second submit harmless. The browser makes it; where it did not, one is made here."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value) or uuid.uuid4()
        except ValidationError:
            return uuid.uuid4()


class VisitForm(forms.Form):
    client_id = ClientIdField(label=_("提交编号"), required=False)
    platform = forms.ModelChoiceField(
        Platform.objects.none(),
        label=_("平台"),
        empty_label=_("请选择平台"),
        error_messages={"required": _("请选择平台。"), "invalid_choice": _("您只能为自己联点的平台记录联系。")},
    )
    visited_on = forms.DateField(
        label=_("日期"),
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        validators=[check_visited_on],
        error_messages={"required": _("请填写日期。"), "invalid": _("请填写有效的日期，例如2026-10-15。")},
    )
    people_met = WordsField(label=_("见了谁"), required=False, max_length=200)
    companions = WordsField(label=_("同行人员"), required=False, max_length=200)
    mode = forms.ChoiceField(
        label=_("方式"),
        choices=Mode.choices,
        widget=ModeSelect,
        error_messages={"required": _("请选择联系方式。"), "invalid_choice": _("请选择联系方式。")},
    )
    is_missed = forms.BooleanField(
        label=_("没联系上"),
        required=False,
        help_text=_("电话没接通、上门没见到人，也记下来；只算一次尝试，不算本季联系。"),
    )
    text = WordsField(
        label=_("谈了什么"),
        max_length=5000,
        widget=_words(4),
        error_messages={"required": _("请用一句话写下谈了什么。")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, search: str = "", **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not self.initial.get("client_id"):
            self.initial["client_id"] = uuid.uuid4()
        self.search = search
        self.searches = user.keeps_register
        self.own: PlatformQuerySet = Platform.objects.contacted_by(user)
        field = self.fields["platform"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = self.own.in_pinyin_order().only("pk", "name", "code")
        if self.searches:  # hundreds of platforms: found by name, not looked up in a list
            field.widget = forms.RadioSelect(choices=())
        else:
            field.widget.attrs |= {"hx-get": reverse_lazy("visits:platform-brief"), "hx-target": "#platform-brief"}
        self.fields["visited_on"].widget = DayInput(
            {"max": today().isoformat(), "hx-get": reverse_lazy("visits:due-dates"), "hx-swap": "none"}
        )

    @cached_property
    def chosen(self) -> Platform | None:
        """The platform as far as it is chosen, whether the form was judged or not."""
        value = str(self["platform"].value() or "")
        return self.own.filter(pk=value).first() if value.isdecimal() and len(value) < 19 else None

    @cached_property
    def found(self) -> list[Platform]:
        """What a search offers: the chosen platform first, then the hits in order of their names."""
        hits = self.own.none()
        if self.search:
            by_name = Q(name__icontains=self.search) | Q(sort_key__icontains=self.search)
            hits = self.own.filter(by_name | Q(code=self.search)).in_pinyin_order()
        chosen = [self.chosen] if self.chosen else []
        return [*chosen, *(platform for platform in hits[:MOST_FOUND] if platform not in chosen)]

    @property
    def day(self) -> date | None:
        """The visit's day as far as it is a possible one."""
        try:
            day = self.fields["visited_on"].clean(self["visited_on"].value())
        except ValidationError:
            return None
        return day if isinstance(day, date) else None


class NeedForm(forms.Form):
    """One of the four domains (R24); `title` is its name."""

    difficulty = WordsField(label=_("困难"), required=False, max_length=1000, widget=_words(2))
    need = WordsField(label=_("需求"), required=False, max_length=1000, widget=_words(2))

    def __init__(self, *args: Any, domain: NeedDomain, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefix, self.domain, self.title = domain.value, domain.value, domain.label

    @property
    def filled(self) -> int:
        """How many of the two are filled in."""
        return sum(bool(str(self[name].value() or "").strip()) for name in self.fields)


class Categories:
    """The categories for one request: those that a submit names, or all of them where there is something to draw."""

    def __init__(self, named: Iterable[str]) -> None:
        self._named = [value for value in named if value.isdecimal() and len(value) < 19]

    @cached_property
    def by_pk(self) -> dict[str, IssueCategory]:
        """Those named that may be chosen; one with others below it only groups them."""
        rows = IssueCategory.objects.filter(pk__in=self._named, children=None)
        return {str(category.pk): category for category in rows}

    def choices(self) -> list[tuple[str | Promise, Any]]:
        """Grouped by the categories above them; one that has neither parent nor children stands alone."""
        return self._choices

    @cached_property
    def _choices(self) -> list[tuple[str | Promise, Any]]:
        rows = list(IssueCategory.objects.all())
        groups: dict[int, list[tuple[str, str]]] = {row.parent_id: [] for row in rows if row.parent_id}
        for row in rows:
            if row.parent_id:
                groups[row.parent_id].append((str(row.pk), row.label))
        tops = [row for row in rows if not row.parent_id]
        return [("", _("请选择")), *((t.label, groups[t.pk]) if t.pk in groups else (str(t.pk), t.label) for t in tops)]


class CategoryField(forms.Field):
    """A choice among Categories, which the form hands over; its value is the category itself."""

    widget = forms.Select
    categories: Categories

    def offer(self, categories: Categories) -> None:
        self.categories = categories
        # Read when it is drawn, which a good submit never is.
        cast("forms.Select", self.widget).choices = CallableChoiceIterator(categories.choices)

    def to_python(self, value: Any) -> IssueCategory | None:
        if not value:
            return None
        try:
            return self.categories.by_pk[value]
        except KeyError:
            raise ValidationError(self.error_messages["required"], code="invalid_choice") from None


class IssueForm(forms.Form):
    """One row of the issues. `cards` say what each tier would mean."""

    text = WordsField(
        label=_("平台说了什么"),
        max_length=2000,
        widget=_words(3),
        error_messages={"required": _("请写明平台说的问题，或移除这一条。")},
    )
    category = CategoryField(label=_("需求类别"), error_messages={"required": _("请选择需求类别。")})
    nature = forms.ChoiceField(label=_("性质"), required=False, choices=[("", _("还不清楚")), *Nature.choices])
    urgency = forms.ChoiceField(
        label=_("紧急程度"), required=False, choices=Urgency.choices, initial=Urgency.NORMAL.value
    )
    importance = forms.ChoiceField(
        label=_("重要性"), required=False, choices=Importance.choices, initial=Importance.ORDINARY.value
    )
    tier = forms.ChoiceField(
        label=_("怎么办"),
        choices=Tier.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择怎么办。"), "invalid_choice": _("类别只能是A、B、C、D。")},
    )
    grading_reason = WordsField(
        label=_("定级依据"),
        required=False,
        max_length=500,
        help_text=_("与建议的类别不同时，请写明为什么。"),
    )
    answer = WordsField(label=_("当场怎么答复的"), required=False, max_length=2000, widget=_words(3))
    platform_agrees = forms.BooleanField(label=_("平台当场认可已解决"), required=False)

    def __init__(self, *args: Any, key: int, categories: Categories, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefix = f"issue-{key}"
        self.key, self.number = key, 0
        self.cards: Mapping[str, TierCard] = {}
        field = self.fields["category"]
        assert isinstance(field, CategoryField)  # noqa: S101 - declared above
        field.offer(categories)

    @property
    def title(self) -> str:
        return str(_("问题 %(number)s") % {"number": self.number})

    @property
    def options(self) -> list[tuple[Any, TierCard]]:
        """Each tier's radio button with its card."""
        return [(option, self.cards[option.data["value"]]) for option in self["tier"]]

    @property
    def suggestion(self) -> Tier | None:
        """R27, from what stands in the row now."""
        return suggested_tier(*(str(self[name].value() or "") for name in ("nature", "urgency", "importance")))

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("tier") != Tier.A:  # an answer belongs to tier A; elsewhere it is not read
            self.errors.pop("answer", None)
        elif not self.cleaned_data.get("answer") and "answer" not in self.errors:
            self.add_error("answer", ValidationError(_("当场解决的，请写下当场怎么答复的。"), code="required"))
        self._check_reason()
        return self.cleaned_data

    def _check_reason(self) -> None:
        """R28: a choice other than the suggestion says why."""
        tier, said = self.cleaned_data.get("tier"), self.cleaned_data
        suggested = suggested_tier(*(said.get(name) or "" for name in ("nature", "urgency", "importance")))
        if tier and "grading_reason" not in self.errors:
            try:
                check_reason(tier, suggested, said.get("grading_reason", ""))
            except ValidationError as refusal:
                self.add_error(None, refusal)

    def new_issue(self) -> NewIssue:
        """After is_valid()."""
        said = self.cleaned_data
        is_answered = said["tier"] == Tier.A
        return NewIssue(
            tier=said["tier"],
            category=said["category"],
            text=said["text"],
            answer=said["answer"] if is_answered else "",
            platform_agrees=is_answered and said["platform_agrees"],
            nature=said["nature"],
            urgency=said["urgency"] or Urgency.NORMAL.value,
            importance=said["importance"] or Importance.ORDINARY.value,
            grading_reason=said["grading_reason"],
        )


class LogForm:
    """All of it: what the page shows, what a submit is judged by, what log_visit takes."""

    def __init__(self, user: User, data: QueryDict | None = None, *, judged: bool = False, **initial: Any) -> None:
        """Fresh without `data`. With it: what was typed so far, and with `judged` what is wrong with it, too."""
        self.user, self._data, self._judged = user, data, judged
        keys = _keys(data.getlist("issue") if data else ())
        self.categories = Categories(data.get(f"issue-{key}-category", "") if data else "" for key in keys)
        search = data.get("platform_q", "").strip().replace("\x00", "") if data else ""
        self.visit = self._part(VisitForm, initial=initial, user=user, search=search)
        self.needs = [self._part(NeedForm, domain=domain) for domain in NeedDomain]
        self.issues: list[IssueForm] = []
        for key in keys:
            self._append(self._part(IssueForm, key=key, categories=self.categories))

    def _part(self, form: type[Any], initial: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        if self._data is None:
            return form(initial=initial, **kwargs)
        if self._judged:
            return form(self._data, **kwargs)
        # Bound forms judge what they show; unbound ones show what they are given and say nothing.
        empty = form(**kwargs)
        typed = {
            name: field.widget.value_from_datadict(self._data, {}, empty.add_prefix(name))
            for name, field in empty.fields.items()
        }
        return form(initial=typed, **kwargs)

    def _append(self, row: IssueForm) -> None:
        self.issues.append(row)
        row.number = len(self.issues)

    def add_row(self) -> IssueForm:
        """One more empty issue, which takes the focus."""
        row = IssueForm(key=max((issue.key for issue in self.issues), default=-1) + 1, categories=self.categories)
        row.fields["text"].widget.attrs["autofocus"] = True
        self._append(row)
        return row

    def remove_row(self, key: str) -> None:
        self.issues = [issue for issue in self.issues if str(issue.key) != key]
        for number, issue in enumerate(self.issues, start=1):
            issue.number = number

    @property
    def is_fresh(self) -> bool:
        """Nothing was typed yet."""
        return self._data is None

    @property
    def parts(self) -> list[forms.Form]:
        """In the order of the page."""
        return [self.visit, *self.needs, *self.issues]

    @cached_property
    def cards(self) -> dict[str, TierCard]:
        calendar = calendar_for(self.user.unit, current_calendars())
        return tier_cards(self.visit.day, calendar, terms_in_force())

    @property
    def rows(self) -> list[IssueForm]:
        """The issue rows, ready to be drawn."""
        for issue in self.issues:
            issue.cards = self.cards
        return self.issues

    def is_valid(self) -> bool:
        if not all([part.is_valid() for part in self.parts]):  # noqa: C419 - every part says what is wrong with it
            return False
        if len(self.issues) > MOST_ISSUES:
            self.refuse(ValidationError(_("一次最多记100个问题，其余的请另记一次。")))
        return not self.visit.errors

    def refuse(self, refusal: ValidationError) -> None:
        """Shows what log_visit had to say, beside the field where there is one."""
        by_field = refusal.error_dict if hasattr(refusal, "error_dict") else {"": refusal.error_list}
        if "client_id" in by_field and self._data is not None:  # the next submit is one of its own
            self.visit.data = self._data.copy()
            self.visit.data["client_id"] = str(uuid.uuid4())
        for name, errors in by_field.items():
            self.visit.add_error(name if name in self.visit.fields else None, ValidationError(errors))

    def new_visit(self) -> NewVisit:
        """After is_valid()."""
        said = self.visit.cleaned_data
        return NewVisit(
            client_id=said["client_id"],
            platform=said["platform"],
            visited_on=said["visited_on"],
            mode=said["mode"],
            text=said["text"],
            is_reached=not said["is_missed"],
            people_met=said["people_met"],
            companions=said["companions"],
            needs={form.domain: Need(**form.cleaned_data) for form in self.needs},
            issues=[issue.new_issue() for issue in self.issues],
        )


def _keys(values: Iterable[str]) -> list[int]:
    """The rows' keys in their order, each once; what is no key is no row."""
    keys = dict.fromkeys(int(value) for value in values if value.isascii() and value.isdigit() and len(value) <= 3)
    return list(keys)[: MOST_ISSUES + 1]
