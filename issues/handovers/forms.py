"""What is asked before responsibility passes on. The services decide."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from config.clock import today
from config.fields import WordsField
from issues.handovers.services import DeskPlan, in_hand, receivers_of
from issues.models import CaseHandover, Issue
from liaisons.forms import OfficerChoice, active_officers, day_field
from liaisons.models import Absence, Assignment, Handover, Officer
from liaisons.services import DateRefused, OverLimit
from platforms.models import Platform

NOBODY = {"required": gettext_lazy("请选择接收人。"), "invalid_choice": gettext_lazy("没有这个人，请重新选择。")}


def reason_field() -> WordsField:
    return WordsField(
        label=gettext_lazy("移交原因"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("例如岗位调整、工作分工变化。接收人看得到。"),
        error_messages={"required": gettext_lazy("请写明移交的原因。")},
    )


def planned_field() -> forms.DateField:
    return day_field(
        gettext_lazy("生效日期"),
        initial=today,
        help_text=gettext_lazy("可以是今天或以后。接收人接受之后，到这一天才换人；在此之前仍由现任负责。"),
    )


class IssueChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # not a generic class at run time
    def label_from_instance(self, issue: Any) -> str:
        return f"{issue.number} {issue.text[:60]}"


class AskPlatformForm(forms.Form):
    """To whom, from when, why, and which of the open issues go along."""

    receiver = OfficerChoice(
        queryset=Officer.objects.none(),
        label=gettext_lazy("接收人"),
        empty_label=gettext_lazy("请选择"),
        error_messages=NOBODY,
    )
    exception_reason = WordsField(
        label=gettext_lazy("例外理由"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    planned_on = planned_field()
    reason = reason_field()
    moving = IssueChoices(
        queryset=Issue.objects.none(),
        label=gettext_lazy("随平台一起移交的问题"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不勾选的，仍由现在的承办人办到底。"),
        error_messages={"invalid_choice": gettext_lazy("有的问题已经不在这里办了，请核对。")},
    )

    def __init__(self, *args: Any, platform: Platform, present: Officer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issues = in_hand(platform, present)
        receiver = cast("forms.ModelChoiceField[Officer]", self.fields["receiver"])
        receiver.queryset = active_officers().exclude(pk=present.pk)
        moving = cast("forms.ModelMultipleChoiceField[Issue]", self.fields["moving"])
        moving.queryset = self.issues
        moving.initial = [issue.pk for issue in self.issues]
        if not moving.initial:
            del self.fields["moving"]
        self.fields["planned_on"].widget.attrs["min"] = today().isoformat()
        self.needs_reason = bool(self.data.get("exception_reason"))

    @property
    def staying(self) -> set[int]:
        """After is_valid(): the keys of those that were shown and not ticked."""
        moving = self.cleaned_data.get("moving")
        return {issue.pk for issue in self.issues} - {issue.pk for issue in moving or ()}

    def refuse(self, refusal: ValidationError) -> None:
        """Puts what the service said beside the field that can change it."""
        if isinstance(refusal, OverLimit):
            self.needs_reason = self.fields["exception_reason"].required = True
            self.add_error("receiver", refusal)
            self.add_error("exception_reason", _("请填写理由，或另选一名干部。"))
        elif isinstance(refusal, DateRefused):
            self.add_error("planned_on", refusal)
        else:
            put_beside(self, refusal)


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg] # as above
    def label_from_instance(self, person: Any) -> str:
        return str(_("%(name)s（%(role)s）") % {"name": person.name, "role": person.get_role_display()})


class AskCaseForm(forms.Form):
    """To whom, and why."""

    receiver = PersonChoice(
        queryset=User.objects.none(),
        label=gettext_lazy("接收人"),
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("同单位的人员，或这家平台的联点干部。对方接受之前，仍由现在的承办人办理。"),
        error_messages=NOBODY,
    )
    reason = reason_field()

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["receiver"]).queryset = receivers_of(issue)


class DeclineForm(forms.Form):
    note = WordsField(
        label=gettext_lazy("不接受的原因"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("不接受时请写明原因。")},
    )


class DeskForm(forms.Form):
    """Everything somebody has in hand, each line with its receiver; `everything` stands for the platforms left open."""

    everything = OfficerChoice(
        queryset=Officer.objects.none(),
        label=gettext_lazy("平台都交给"),
        required=False,
        empty_label=gettext_lazy("逐家选择"),
        help_text=gettext_lazy("下面没有单独选人的平台都交给这一位。"),
        error_messages=NOBODY,
    )
    planned_on = planned_field()
    reason = reason_field()

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        officer = Officer.objects.filter(user=person).first()
        self.officers = active_officers().exclude(user=person)
        self._gather(officer)
        # One statement for all the lines that choose among the officers.
        choices = [(each.pk, self.fields["everything"].label_from_instance(each)) for each in self.officers]  # type: ignore[attr-defined] # an OfficerChoice
        self._offer("everything", choices, gettext_lazy("逐家选择"))
        for platform in self.platforms:
            self._add_officer(f"platform-{platform.pk}", platform.name, choices, gettext_lazy("同上"))
        for duty in self.duties:
            words = _("%(start)s至%(end)s代理%(name)s")
            span = {"start": duty.starts_on, "end": duty.ends_on, "name": duty.officer.user.name}
            others = [choice for choice in choices if choice[0] != duty.officer_id]
            self._add_officer(f"duty-{duty.pk}", words % span, others, gettext_lazy("请选择"), required=True)
        for issue in self.issues:
            self.fields[f"issue-{issue.pk}"] = PersonChoice(
                queryset=receivers_of(issue),
                label=f"{issue.number} {issue.text[:40]}",
                empty_label=gettext_lazy("请选择"),
                error_messages=NOBODY,
            )
        self.fields["planned_on"].widget.attrs["min"] = today().isoformat()

    def _gather(self, officer: Officer | None) -> None:
        """What is in the person's hands; what is on its way to others already needs nothing more."""
        current = Assignment.objects.current().filter(officer=officer) if officer else Assignment.objects.none()
        on_the_way = Handover.objects.open()
        platforms = Platform.objects.filter(pk__in=current.values("platform")).in_pinyin_order()
        asked = CaseHandover.objects.open().filter(giver=self.person)
        issues = Issue.objects.unresolved().filter(handler=self.person).select_related("handler__unit").order_by("pk")
        self.platforms = list(platforms.exclude(pk__in=on_the_way.values("platform")))
        self.issues = list(
            issues.exclude(platform__in=current.values("platform")).exclude(pk__in=asked.values("issue"))
        )
        self.duties = list(
            Absence.objects.not_over().filter(deputy=officer).select_related("officer__user") if officer else ()
        )
        # Shown, since they are still in the way: platforms and cases whose receivers have yet to say yes.
        self.leaving = list(
            on_the_way.filter(giver=officer).select_related("platform", "receiver__user") if officer else ()
        )
        self.leaving_cases = list(asked.select_related("issue", "receiver"))

    def _add_officer(
        self, name: str, label: str, choices: Sequence[tuple[int, str]], empty: Any, *, required: bool = False
    ) -> None:
        self.fields[name] = OfficerChoice(
            queryset=self.officers, label=label, required=required, empty_label=empty, error_messages=NOBODY
        )
        self._offer(name, choices, empty)

    def _offer(self, name: str, choices: Sequence[tuple[int, str]], empty: Any) -> None:
        field = cast("forms.ModelChoiceField[Officer]", self.fields[name])
        field.queryset = self.officers
        cast("forms.Select", field.widget).choices = [("", empty), *choices]

    def lines(self, kind: str) -> Iterator[forms.BoundField]:
        """The fields of one kind of line."""
        return (self[name] for name in self.fields if name.startswith(f"{kind}-"))

    @property
    def platform_lines(self) -> list[forms.BoundField]:
        return list(self.lines("platform"))

    @property
    def issue_lines(self) -> list[forms.BoundField]:
        return list(self.lines("issue"))

    @property
    def duty_lines(self) -> list[forms.BoundField]:
        return list(self.lines("duty"))

    @property
    def has_lines(self) -> bool:
        return bool(self.platforms or self.issues or self.duties)

    def clean(self) -> dict[str, Any]:
        """No platform may be left without a receiver: that is what the page is for."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for platform in self.platforms:
            name = f"platform-{platform.pk}"
            if name not in self.errors and not (cleaned.get(name) or cleaned.get("everything")):
                self.add_error(name, _("请选择接收人。"))
        return cleaned

    def plan(self) -> DeskPlan:
        """After is_valid()."""
        said = self.cleaned_data
        return DeskPlan(
            platforms=[(each, said[f"platform-{each.pk}"] or said["everything"]) for each in self.platforms],
            issues=[(each, said[f"issue-{each.pk}"]) for each in self.issues],
            duties=[(each, said[f"duty-{each.pk}"]) for each in self.duties],
            planned_on=said["planned_on"],
            reason=said["reason"],
        )


def put_beside(form: forms.Form, refusal: ValidationError) -> None:
    """Each sentence beside the field it is about; above the form where that has no such field."""
    by_field = refusal.error_dict if hasattr(refusal, "error_dict") else {"": refusal.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(errors))
