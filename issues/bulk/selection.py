"""The issues that were selected in the list, as they are now."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from issues.models import Issue

MOST = 200
NUMBER = re.compile(r"[0-9]{4}-[0-9]{6,7}")
NEEDED = ("platform", "lead_unit", "home_unit", "officer", "handler", "term")
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """`issues` in the order in which they were named; `fault` says why there are none to go on with."""

    issues: list[Issue]
    fault: str = ""
    missing: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """What was named and is not there, or not in the reader's scope: to an outsider that is the same."""
        if not self.missing:
            return ""
        words = ngettext(
            "%(count)d个编号没有找到，或不在您的查看范围：%(named)s",
            "%(count)d个编号没有找到，或不在您的查看范围：%(named)s",
            len(self.missing),
        )
        named = _("、").join(number[:12] for number in self.missing[:MOST_NAMED])
        rest = _(" 等") if len(self.missing) > MOST_NAMED else ""
        return words % {"count": len(self.missing), "named": named + rest}


def select(numbers: Sequence[str], user: User) -> Selection:
    """What the user may see of these numbers, in one statement; none where they are too many."""
    asked = tuple(dict.fromkeys(number.strip() for number in numbers if number.strip()))
    if not asked:
        return Selection([], _("请先在清单里勾选问题。"))
    if len(asked) > MOST:
        fault = _("一次最多办理%(most)d项，现在选了%(count)d项；请分几次办理。")
        return Selection([], fault % {"most": MOST, "count": len(asked)})
    well_formed = [number for number in asked if NUMBER.fullmatch(number)]
    rows = Issue.objects.visible_to(user).filter(number__in=well_formed).select_related(*NEEDED)
    found = {issue.number: issue for issue in rows}
    missing = tuple(number for number in asked if number not in found)
    fault = "" if found else _("选中的问题都没有找到，或不在您的查看范围。")
    return Selection([found[number] for number in asked if number in found], fault, missing)
