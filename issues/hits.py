"""Where the words of a search stand in a text as it was typed: marked, with the sentence around the first of them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from platforms.search import BLANK, INVISIBLE, fold

Span = tuple[int, int]

# What belongs to the character before it: accents, and the half-width sound marks that NFKC draws into it.
ATTACHED = "\uff9e\uff9f"
# Where an excerpt may begin, the better ends first; without any it begins so far before its hit.
ENDS = (re.compile("[。！？；!?;\n]"), re.compile("[，：、,: ]"))
LEAD = 24


def spans(text: str, words: Sequence[str]) -> list[Span]:
    """Begin and end of every hit, in order, none over another."""
    if not words:
        return []
    folded, places = _folded_with_places(text)
    found: list[Span] = []
    for word in filter(None, map(fold, words)):
        at = folded.find(word)
        while at >= 0:
            found.append((places[at][0], places[at + len(word) - 1][1]))
            at = folded.find(word, at + len(word))
    joined: list[Span] = []
    for first, last in sorted(found):
        if joined and first < joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def mark(text: str, words: Sequence[str]) -> SafeString:
    """The whole text as HTML, its hits marked."""
    return _marked(text, spans(text, words), 0, len(text))


def excerpt(text: str, words: Sequence[str], longest: int, in_sight: int | None = None) -> SafeString:
    """At most so many characters as HTML, from the beginning, or from the sentence or clause of a first hit that would
    end later than the first `in_sight` of them: the page may show no more."""
    hits = spans(text, words)
    begin = _beginning(text, hits[0], in_sight or longest) if hits else 0
    room = longest - (begin > 0)
    end = len(text) if len(text) - begin <= room else begin + room - 1
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return mark_safe(before + _marked(text, hits, begin, end) + after)  # noqa: S308 - escaped piece by piece


def _beginning(text: str, hit: Span, in_sight: int) -> int:
    first, last = hit
    if last < in_sight or len(text) <= in_sight:
        return 0
    earliest = min(max(last - in_sight + 2, first - in_sight // 2, 0), first)
    for kind in ENDS:
        if ends := [match.end() for match in kind.finditer(text, earliest, first)]:
            begin = ends[-1]
            return begin + len(text[begin:first]) - len(text[begin:first].lstrip())
    return max(first - LEAD, earliest)


def _marked(text: str, hits: Sequence[Span], begin: int, end: int) -> SafeString:
    pieces, at = [], begin
    for hit in hits:
        first, last = max(hit[0], begin), min(hit[1], end)
        if first < last:
            pieces += [escape(text[at:first]), SafeString("<mark>"), escape(text[first:last]), SafeString("</mark>")]
            at = last
    return mark_safe("".join([*pieces, escape(text[at:end])]))  # noqa: S308 - escaped piece by piece


def _folded_with_places(text: str) -> tuple[str, list[Span]]:
    """The text as `fold` has it, and for each of its characters where it comes from."""
    folded = fold(text)
    if len(folded) == len(text):  # nothing was drawn together, left out or spread
        return folded, [(at, at + 1) for at in range(len(text))]
    characters: list[tuple[str, Span]] = []
    for first, last in _clusters(text):
        plain = unicodedata.normalize("NFKC", text[first:last].translate(INVISIBLE)).lower()
        for character in BLANK.sub(" ", plain):
            if character != " " or not characters or characters[-1][0] != " ":
                characters.append((character, (first, last)))
    kept = [
        (character, place)
        for at, (character, place) in enumerate(characters)
        if character != " " or (_is_latin(characters, at - 1) and _is_latin(characters, at + 1))
    ]
    if "".join(character for character, _place in kept) != folded:
        return "", []  # characters that fold otherwise in company: better no mark than one beside its place
    return folded, [place for _character, place in kept]


def _clusters(text: str) -> Iterator[Span]:
    first = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.combining(text[at]) or text[at] in ATTACHED):
            yield first, at
            first = at


def _is_latin(characters: Sequence[tuple[str, Span]], at: int) -> bool:
    return 0 <= at < len(characters) and characters[at][0].isascii() and characters[at][0].isalnum()
