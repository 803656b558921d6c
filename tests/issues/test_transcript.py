"""docs/deadlines.md shows an issue being registered: what stands there is what the software does, to the letter."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from config.clock import frozen, now
from issues.api_account import basis_of
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import Clock, Issue
from issues.strip import build_strip
from issues.versions import version_rows
from issues.why import basis_sentence
from tests.factories import OfficerFactory, make_issue
from tests.issues.acts import resume, retier, suspend
from workdays.strip import Strip, StripDay

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "deadlines.md"
WIDTH = 14


def padded(words: str) -> str:
    """To the width of a cell; a Chinese character is two columns wide."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in words)
    return words + " " * (WIDTH - len(words) - wide)


def cell(day: StripDay) -> str:
    if day.css == "out":
        return ""
    return f"{day.date_label} {day.dot} {day.tag}".rstrip()


def drawn(strip: Strip) -> list[str]:
    """The strip as text: a week a line, Monday first."""
    head = "".join(padded(name) for name in ("周一", "周二", "周三", "周四", "周五", "周六", "周日"))
    weeks = ["".join(padded(cell(day)) for day in week) for week in strip.weeks]
    sums = [f"{number} {words}" for number, words in strip.sums]
    return [line.rstrip() for line in (head, *weeks)] + [f"{' + '.join(sums[:-1])} = {sums[-1]}"]


def account(issue: Issue) -> list[str]:
    """What the page of an issue says of its date."""
    found = Issue.objects.select_related("term").get(pk=issue.pk)
    dossier = Dossier(found, Yardstick())
    deadline = dossier.newest(Clock.STATUTORY)
    assert deadline is not None
    strip = build_strip(found, deadline, dossier.calendar, dossier.yardstick.today)
    lead = str(strip.lead).replace("<strong>", "").replace("</strong>", "")
    versions = [
        f"{row.clock} 第{row.number}版 {row.cause}：{f'{row.old} → ' if row.old else ''}{row.new}（{row.days}）"
        for row in version_rows(dossier.deadlines)
    ]
    sentence = basis_sentence(
        basis_of(deadline, dossier.issue.raised_on), dossier.calendar, dossier.pauses(Clock.STATUTORY)
    )
    return [lead, "", *drawn(strip), "", sentence, "", *versions]


def transcript() -> str:
    with frozen("2025-09-26T19:30"):
        at = now()
        issue = make_issue(OfficerFactory(), text="实验楼消防验收迟迟没有通过")
        lines = [
            f"{at:%Y-%m-%d %H:%M} 登记 {issue.number}：{issue.text}（{issue.tier} {issue.get_tier_display()}）",
            "",
        ]
        lines += account(issue)
    with frozen("2025-10-09T10:00"):
        suspend(issue)
    with frozen("2025-10-13T10:00"):
        resume(issue)
    with frozen("2025-10-14T10:00"):
        retier(issue, "C")
        lines += ["", "2025-10-09 挂账，2025-10-13 恢复计时，2025-10-14 调整为C类之后：", "", *account(issue)]
    return "\n".join(lines)


def test_the_transcript_in_the_document_is_what_happens():
    told = transcript()
    assert f"```text\n{told}\n```" in DOCUMENT.read_text(encoding="utf-8"), f"\n{told}"


def test_the_issue_of_the_transcript_is_due_on_2025_10_16():
    with frozen("2025-09-26T19:30"):
        issue = make_issue(OfficerFactory())
    assert (issue.due_on, issue.due_is_provisional) == (date(2025, 10, 16), False)
