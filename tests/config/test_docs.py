import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
PAGES = [ROOT / "README.md", ROOT / "README.zh-Hans.md", *sorted((ROOT / "docs").glob("*.md"))]
RULES = ROOT / "docs" / "rules.md"
ROOMS = ["accounts", "audit", "bench", "config", "dashboards", "issues", "liaisons", "notices", "platforms"]
ROOMS += ["templates", "tests", "visits", "workdays"]
KINDS = {".css", ".html", ".js", ".py"}
# R40, or R30-R33; neither the hour of `{day}T09:00` nor the byte %F0, but `test_r39_…`.
CITED = re.compile(r"(?<![\w}%])([RTF])([1-9]\d?)(?:-\1([1-9]\d?))?\b(?!:\d)")
CITED_BY_A_TEST = re.compile(r"\bdef test_([rtf])([1-9]\d?)_()")
EXPLAINED = re.compile(r"^\| ([RTF][1-9]\d?) \| .*\w.* \|$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_of_ours_leads_to_one(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    ours = [link for link in links if "://" not in link]
    assert [link for link in ours if not (page.parent / link).exists()] == []


def cited_in(text: str) -> Iterator[str]:
    for letter, first, last in chain(CITED.findall(text), CITED_BY_A_TEST.findall(text)):
        yield from (f"{letter.upper()}{number}" for number in range(int(first), int(last or first) + 1))


def test_a_citation_is_told_from_what_looks_like_one():
    cites = "R2: R30-R32 (T4，F9) def test_r58_scope(): R7。"
    assert sorted(cited_in(cites)) == ["F9", "R2", "R30", "R31", "R32", "R58", "R7", "T4"]
    assert list(cited_in('f"{day}T10:00" 2026-10-15T10:00 %F0 T09 F401 CR7 R100 r7 test_r7')) == []


def test_every_rule_that_is_cited_is_explained():
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in KINDS]
    pages = [*PAGES, ROOT / "CHANGELOG.md"]
    explained = EXPLAINED.findall(RULES.read_text(encoding="utf-8"))
    assert len(explained) == len(set(explained))
    unexplained = {
        f"{code} in {path.relative_to(ROOT)}"
        for path in files + [page for page in pages if page != RULES]
        for code in cited_in(path.read_text(encoding="utf-8"))
        if code not in explained
    }
    assert unexplained == set(), "docs/rules.md explains every number that is cited"
