"""What is asked when a view is kept: its name, and who else may use it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.fields import WordsField
from issues.models import SavedView
from issues.saved_views.services import LONGEST_NAME, shares_of

CHOOSE = {"required": _("请选择一项。"), "invalid_choice": _("没有这一项，请重新选择。")}


class ViewForm(forms.Form):
    """A name, and with whom it is shared, of what this person may choose."""

    name = WordsField(
        label=_("名称"),
        max_length=LONGEST_NAME,
        help_text=_("例如：C类临期、岳麓区在办。"),
        error_messages={"required": _("请给视图起个名称。")},
    )
    shared_with = forms.ChoiceField(
        label=_("给谁用"),
        widget=forms.RadioSelect,
        initial="nobody",
        help_text=_("共享的是条件、列和排序；每个人看到的仍是自己范围内的问题。"),
        error_messages=CHOOSE,
    )

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        share = self.fields["shared_with"]
        assert isinstance(share, forms.ChoiceField)  # noqa: S101 - for the type checker
        share.choices = [(each.value, each.label) for each in shares_of(owner)]


class NewViewForm(ViewForm):
    """The same for the present list. Whether it replaces one is asked only where the name is taken."""

    replaces = forms.BooleanField(label=_("替换原来的同名视图"), required=False)
    opens = forms.BooleanField(label=_("设为默认：打开问题清单时先显示这个视图"), required=False)

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, owner=owner, **kwargs)
        typed = str(self.data.get("name", "")).strip() if self.is_bound else ""
        # Compared here: what was typed may be nothing that a database takes.
        if typed not in SavedView.objects.filter(owner=owner).values_list("name", flat=True):
            del self.fields["replaces"]
