"""No table is forgotten: each of ours tells the log of what people write, or stands here with the reason why not."""

import pgtrigger
from django.apps import apps

from accounts.rights import RIGHTS
from audit.words import SUBJECTS
from config.ledger import AUDIT

OURS = ("accounts", "workdays", "audit", "notices", "platforms", "liaisons", "issues", "visits", "dashboards")
UNTOLD = {
    **dict.fromkeys(
        ("audit.AuditEntry", "audit.AuditLink", "audit.Unlinked", "audit.Verification"), "the log itself, unchangeable"
    ),
    **dict.fromkeys(("issues.Deadline", "issues.Event"), "ledgers that nobody can change; what people do is an Event"),
    **dict.fromkeys(
        (
            *("issues.Referral", "issues.Suspension", "issues.SolutionPlan", "issues.Warning", "issues.Alarm"),
            *("issues.Round", "issues.Supervision", "issues.SupportPart", "issues.Comment", "issues.Attachment"),
            *("issues.CaseHandover", "issues.HandoverChoice", "issues.HandlerChange", "issues.Rating"),
            "issues.FollowUp",
        ),
        "written by a move, which is in the log by its event",
    ),
    **dict.fromkeys(("workdays.Calendar", "workdays.CalendarDay", "workdays.CalendarRevision"), "follow a notice"),
    **dict.fromkeys(
        ("notices.Notice", "notices.Announcement", "notices.Try", "notices.Heartbeat", "notices.Alert"),
        "written by jobs; reading a notice is nobody else's business (R50)",
    ),
    **dict.fromkeys(("issues.Bulk", "issues.BulkLine"), "moves for many; each is in the log by its event"),
    **dict.fromkeys(
        ("issues.SavedView", "issues.DefaultView", "issues.IssueSearch"), "how a reader looks, not what is"
    ),
    **dict.fromkeys(
        ("liaisons.Duty", "liaisons.PlatformWord"), "met by visits, waived by words that nobody can change"
    ),
    **dict.fromkeys(("platforms.ContactLink", "platforms.ContactLinkEvent"), "a ledger of their own, unchangeable"),
    "platforms.FailedEntry": "counted to slow down whoever tries links",
    "visits.Feedback": "may be anonymous (R55): who wrote it is nobody's business",
    "issues.IssueCounter": "a number",
    "liaisons.PendingImport": "waits for a word; the import is in the log",
    "visits.VisitNeed": "part of a visit, never changed",
}


def test_every_table_tells_the_log_or_has_a_reason_not_to() -> None:
    told = {model._meta.label for model, trigger in pgtrigger.registered() if trigger.name == AUDIT}
    ours = {model._meta.label for app in OURS for model in apps.get_app_config(app).get_models()}
    assert ours - told == set(UNTOLD) - {"issues.Event"}


def test_every_table_that_tells_has_a_name_in_the_list() -> None:
    told = {model._meta.db_table for model, trigger in pgtrigger.registered() if trigger.name == AUDIT}
    assert told - {"issues_event"} <= set(SUBJECTS)  # an event is told of its issue


def test_what_an_administrator_may_write_is_told() -> None:
    told = {model._meta.label_lower for model, trigger in pgtrigger.registered() if trigger.name == AUDIT}
    writable = {table for tables in RIGHTS.values() for table, verbs in tables.items() if verbs - {"view"}}
    assert writable <= told
