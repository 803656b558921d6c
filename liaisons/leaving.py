"""What an officer answers for, as far as this room knows (accounts.leaving)."""

from django.utils.translation import ngettext

from accounts.models import User
from liaisons.models import Absence, Handover, Officer


def work_of(user: User) -> list[str]:
    """Current platforms, handovers on their way to the officer, days in which the officer stands in for somebody.

    It holds the officer's row: nobody gives the officer another platform until the transaction ends.
    """
    officer = Officer.objects.select_for_update(no_key=True).filter(user=user).first()
    if officer is None:
        return []
    platforms = officer.assignments.current().count()
    handovers = Handover.objects.open().filter(receiver=officer).count()
    duties = Absence.objects.not_over().filter(deputy=officer).count()
    words = []
    if platforms:
        words.append(ngettext("%(n)d家联点平台", "%(n)d家联点平台", platforms) % {"n": platforms})
    if handovers:
        words.append(ngettext("%(n)d项要接手的平台移交", "%(n)d项要接手的平台移交", handovers) % {"n": handovers})
    if duties:
        words.append(ngettext("%(n)d项请假代理", "%(n)d项请假代理", duties) % {"n": duties})
    return words
