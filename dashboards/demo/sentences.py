"""How the demo is worded: templates with alternatives, filled by dice.

`{a|b|c}` in a template is one of a, b, c; `{=name}` is one of the words called name (for the platform's domain).
"""

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from accounts.reference import read_csv

DATA = Path(__file__).parent / "data"
SLOT = re.compile(r"\{([^{}]*)\}")


@cache
def words(kind: str) -> tuple[str, ...]:
    """A list of words.csv; empty when there is none of that kind."""
    rows = read_csv(DATA / "words.csv")
    return next((tuple(row["words"].split("|")) for row in rows if row["kind"] == kind), ())


@dataclass(frozen=True, slots=True)
class IssueText:
    """One kind of issue. `domains` limits it to technical domains. `lead` is the unit that leads a C or D issue, by
    code; for A and B it holds the beginnings of the codes of home units where it may be raised, none for everywhere."""

    tier: str
    category: str
    domains: frozenset[str]
    lead: tuple[str, ...]
    support: tuple[str, ...]
    nature: str
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a sentence is about: the platform's field, the unit that leads, and how people speak of the place."""

    domain: str
    topic: str = ""
    lead: str = ""
    here: str = ""

    @property
    def known(self) -> dict[str, str]:
        names = {"topics": self.topic, "lead": self.lead, "here": self.here}
        return {name: word for name, word in names.items() if word}


class Texts:
    """The templates, and one way to fill them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.phrases: dict[str, list[str]] = defaultdict(list)
        for row in read_csv(DATA / "phrases.csv"):
            self.phrases[row["kind"]].append(row["text"])
        self.words = {
            row["domain"]: {name: row[name].split("|") for name in ("topics", "equipment", "material")}
            for row in read_csv(DATA / "topics.csv")
        }

    @cached_property
    def issues(self) -> list[IssueText]:
        return [
            IssueText(
                tier=row["tier"],
                category=row["category"],
                domains=frozenset(row["domains"].split()),
                lead=tuple(row["lead"].split()),
                support=tuple(code for code in row["support"].split(";") if code),
                nature=row["nature"],
                text=row["text"],
            )
            for row in read_csv(DATA / "issues.csv")
        ]

    def fill(self, template: str, subject: Subject, **more: str) -> str:
        """The template with every alternative chosen; what is known of the subject comes before the word lists."""
        of_domain, known = self.words[subject.domain], {**subject.known, **more}

        def choose(slot: re.Match[str]) -> str:
            inner: str = slot[1]
            if not inner.startswith("="):
                return self.dice.choice(inner.split("|"))
            name = inner[1:]
            if name in known:
                return known[name]
            if name == "n":
                return str(self.dice.randint(2, 9))
            return self.dice.choice(of_domain.get(name) or self.phrases[name])

        while "{" in template:
            template = SLOT.sub(choose, template)
        return template

    def phrase(self, kind: str, subject: Subject, root: str = "", **more: str) -> str:
        """A sentence of a kind of phrases.csv; one for the category `root` too, where there is such a kind."""
        choices = self.phrases[kind] + self.phrases.get(f"{kind}_{root}", [])
        return self.fill(self.dice.choice(choices), subject, **more)
