"""What is asked once for all the issues that were selected."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from config.fields import WordsField
from issues.models import Issue
from issues.units import UnitChoice, UnitChoices, takers_of

CHOOSE = {"required": _("请选择一项。"), "invalid_choice": _("没有这一项，请重新选择。")}


class BulkForm(forms.Form):
    """For these issues and this person. Its fields are what issues.bulk.services.begin takes."""

    def __init__(self, *args: Any, issues: Collection[Issue], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(issues, user)

    def prepare(self, issues: Collection[Issue], user: User) -> None:
        """Offers what these issues and this person allow."""


class BulkReferForm(BulkForm):
    """R30: one lead unit for all of them, and those that support it (R33)."""

    unit = UnitChoice(Unit.objects.none(), label=_("主办单位"), empty_label=_("请选择"), error_messages=CHOOSE)
    supports = UnitChoices(
        Unit.objects.none(),
        label=_("协办单位"),
        required=False,
        help_text=_("可以不选，也可以选几个。"),
        error_messages={**CHOOSE, "invalid_pk_value": _("没有这一项，请重新选择。")},
    )
    words = WordsField(label=_("交办说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self, issues: Collection[Issue], user: User) -> None:
        """Units that take at least one of the tiers; the preview says which issue a unit does not take."""
        unit, supports = self.fields["unit"], self.fields["supports"]
        assert isinstance(unit, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        assert isinstance(supports, UnitChoices)  # noqa: S101 - as above
        unit.queryset = takers_of({issue.tier for issue in issues}, user)
        supports.offer(unit.queryset, among=Unit.objects.visible_to(user))


class BulkRemindForm(BulkForm):
    """T19."""

    words = WordsField(
        label=_("催办的话"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明催什么。")},
    )
