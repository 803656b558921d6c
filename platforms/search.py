"""Finding by characters: what is written and what is typed are folded alike and then compared as they stand.

Folded: compatibility forms made one (NFKC: full and half width), small letters, invisible characters gone, and no blank
except one between two Latin words; so 「GPU 集群」, 「ＧＰＵ集群」 and a line broken in the middle read the same. The database
folds (`search_fold`), for the text and for what is asked; `fold` here does the same for the eye: it finds what to mark.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import compress

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, IntegerField, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from platforms.models import Platform

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
BLANK = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")
BESIDE_OTHERS = re.compile("(?<![a-z0-9]) | (?![a-z0-9])")


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(INVISIBLE)).lower()
    return BESIDE_OTHERS.sub("", BLANK.sub(" ", plain))


def words_of(typed: str) -> list[str]:
    """What was typed, word by word, each once. Words that fold to nothing are no words."""
    parts = BLANK.split(unicodedata.normalize("NFKC", typed))
    return list(dict.fromkeys(word for word in parts if fold(word)))


class Fold(Func):
    function = "search_fold"
    output_field = TextField()


class Keys(Func):
    """What a text must have among its grams to hold the word: every two neighbours, or its only character."""

    function = "search_keys"
    output_field = ArrayField(IntegerField())


def holds(folded: Combinable, word: str) -> GreaterThan:
    """Whether a folded text has the word in it, character by character. No character of the word has a meaning."""
    return GreaterThan(StrIndex(folded, Fold(Value(word))), 0)


def called(words: Sequence[str]) -> dict[str, list[int]]:
    """By word, the keys of the platforms that have it in their name or in a former one; one statement.

    A scan of their names: a city has hundreds of platforms, and a thousand take a third of a millisecond.
    """
    found: dict[str, list[int]] = {word: [] for word in words}
    if words:
        tests = [holds(F("folded_names"), word) for word in words]
        rows = Platform.objects.filter(Q(*tests, _connector=Q.OR))
        for key, *hits in rows.values_list("pk", *tests):
            for word in compress(words, hits):
                found[word].append(key)
    return found
