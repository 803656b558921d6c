"""Finding by characters: what is written and what is typed are folded alike and then compared as they stand.

Folded: compatibility forms made one (NFKC: full and half width), small letters, invisible characters gone, and no blank
except one between two Latin words. So 「GPU 集群」, 「ＧＰＵ集群」 and a line broken in the middle read the same. The
database folds (`search_fold`) what is written and what is asked; `fold` here does the same for the eye, to mark a hit.
"""

import re
import unicodedata

from django.db.models import Func, TextField

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
    """`fold`, worked out by the database."""

    function = "search_fold"
    output_field = TextField()
