"""The table of transitions in words: for the page of the workflow, and for docs/workflow.md."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from issues.models import State, Tier
from issues.workflow.table import ROWS, Transition


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: `who` is one line, or one a tier where the tiers differ."""

    code: str
    action: str
    sources: str
    targets: str
    who: Sequence[str]
    needs: str
    effect: str


def table_rows() -> list[Row]:
    """In the order of DOMAIN §3, in the reader's language."""
    return [
        Row(
            code=row.code,
            action=str(row.action.label),
            sources=_states(row.sources) or _("草稿"),
            targets=_states(row.targets) or _("不变"),
            who=list(_who(row)),
            needs=str(row.needs) or "—",
            effect=str(row.effect),
        )
        for row in ROWS
    ]


def markdown() -> str:
    """The same as a table for the documentation."""
    head = [_("编号"), _("动作"), _("从"), _("到"), _("谁"), _("要什么"), _("效果")]
    lines = [head, ["---"] * len(head)]
    lines += [
        [row.code, row.action, row.sources, row.targets, "<br>".join(row.who), row.needs, row.effect]
        for row in table_rows()
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _states(states: Sequence[State]) -> str:
    return str(_("、").join(str(state.label) for state in states))


def _who(row: Transition) -> Iterator[str]:
    by_parties: dict[str, list[str]] = {}
    for tier in Tier:
        words = str(_("、").join(str(party.label) for party in row.who[tier]))
        by_parties.setdefault(words, []).append(tier.value)
    if len(by_parties) == 1:
        yield from by_parties
        return
    for words, tiers in by_parties.items():
        if words:
            yield _("%(tiers)s类：%(who)s") % {"tiers": _("、").join(tiers), "who": words}
