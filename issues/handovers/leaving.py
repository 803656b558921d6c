"""What somebody has in hand, as far as this room knows (accounts.leaving)."""

from django.utils.translation import ngettext

from accounts.models import User
from issues.models import CaseHandover, Issue


def work_of(user: User) -> list[str]:
    """Open issues in the user's hand and cases that wait for the user's word."""
    issues = Issue.objects.unresolved().filter(handler=user).count()
    cases = CaseHandover.objects.waiting_for(user).count()
    words = []
    if issues:
        words.append(ngettext("%(n)d项在办问题", "%(n)d项在办问题", issues) % {"n": issues})
    if cases:
        words.append(ngettext("%(n)d项要接手的问题移交", "%(n)d项要接手的问题移交", cases) % {"n": cases})
    return words
