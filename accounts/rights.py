"""Who may do what in the administration: three administrators, none of whom can do another's work (DOMAIN 9).

A table is written here with the verbs its keeper has; what is not here nobody may. Rights come with the role, one a
person. The audit administrator has pages of another kind (the log, audit.views) and nothing here.
"""

from accounts.models import Role

LOOK = frozenset({"view"})
MEND = LOOK | {"change"}
KEEP = MEND | {"add"}
SET = KEEP | {"delete"}  # a number that has not come into force may still be taken back

RIGHTS: dict[str, dict[str, frozenset[str]]] = {
    # The bureau's numbers, units and channels; cases to look up, and to mend a slip of the pen in.
    Role.SYSTEM_ADMIN: {
        "accounts.unit": KEEP,
        "issues.deadline": LOOK,
        "issues.event": LOOK,
        "issues.firstreplyterm": SET,
        "issues.handlingrule": SET,
        "issues.issue": MEND,
        "issues.issuecategory": MEND,
        "issues.referral": LOOK,
        "issues.request": LOOK,
        "issues.rung": SET,
        "issues.signingterm": SET,
        "issues.solutionplan": LOOK,
        "issues.suspension": LOOK,
        "issues.tierterm": SET,
        "issues.warning": LOOK,
        "issues.warningladder": SET,
        "liaisons.assignment": LOOK,
        "liaisons.dutyrule": SET,
        "liaisons.officer": MEND,
        "liaisons.portfoliorule": SET,
        "notices.channel": KEEP,
        "notices.delivery": LOOK,
        "platforms.district": KEEP,
        "platforms.linkrule": SET,
        "platforms.platform": MEND,
        "platforms.platformcontact": MEND,
        "platforms.platformtype": KEEP,
        "platforms.techdomain": KEEP,
        "visits.feedbackterm": SET,
        "visits.visit": MEND,
        "visits.visitneed": LOOK,
        "workdays.calendar": LOOK,
        "workdays.calendarday": LOOK,
        "workdays.calendarrevision": LOOK,
    },
    # Who gets in, as what, and for how long.
    Role.SECURITY_ADMIN: {"accounts.user": KEEP, "accounts.apitoken": LOOK | {"delete"}},
}


def may(role: str, permission: str) -> bool:
    """Whether the role has a permission as Django names it: `issues.change_issue`."""
    app, _dot, rest = permission.partition(".")
    verb, _line, table = rest.partition("_")
    return verb in RIGHTS.get(role, {}).get(f"{app}.{table}", ())


def has_pages(role: str, app: str = "") -> bool:
    """Whether the role has any page in the administration, or in that app's part of it."""
    return any(table.startswith(f"{app}." if app else "") for table in RIGHTS.get(role, ()))
