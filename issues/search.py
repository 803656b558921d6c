"""Finding issues by what is written in them: number, text, reply, plan, and the platform's names. See docs/search.md.

An index over characters gives the candidates, and each is looked at: a word is found exactly where it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan

from accounts.models import User
from issues.models import VOID, Issue, IssueQuerySet, IssueSearch
from platforms.search import Fold, words_of

# Up to here the issues with a word are collected and sorted; a word in more of them is met soon enough by walking
# along the order of the list. The planner does not know which word is which and would walk a million rows for one.
MOST_SORTED = 5_000
# A word in so many of the newest issues need not be collected to know that it is in too many.
NEWEST, MANY = 200, 10
NONE = "{}"

# Words are values in the text of the statement, folded while it is planned: the planner knows how rare their pairs are.
HAS = "strpos({written}, search_fold(%s)) > 0"
IN_NAME = HAS.format(written="folded_names")
IN_ISSUE = HAS.format(written="said || planned")
WRITTEN = Func("said", "planned", template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
HAS_PAIRS = "pairs @@ search_query(search_fold(%s))"


@dataclass(frozen=True, slots=True)
class Found:
    """Where some words are: by word, the platforms with it in their names; and the issues that have all in their own
    words, as an array of keys in PostgreSQL's notation, None where they are more than MOST_SORTED."""

    platforms: list[list[int]]
    issues: str | None

    @classmethod
    def of(cls, words: Sequence[str]) -> Self:
        """One statement. Its parts are only worked out where they are needed: no frequent word is collected.

        OFFSET 0 keeps the array from being worked out for its count again.
        """
        with connection.cursor() as cursor:
            cursor.execute(_statement(len(words)), [*words, *words, *words, *words])
            *platforms, issues, count = cursor.fetchone()
        return cls(platforms, issues if count is not None and count <= MOST_SORTED else None)


def _statement(words: int) -> str:
    platforms = f"ARRAY(SELECT id FROM platforms_platform WHERE {IN_NAME}), " * words
    has_all, has_all_pairs = " AND ".join([IN_ISSUE] * words), " AND ".join([HAS_PAIRS] * words)
    return f"""
        SELECT {platforms} issues::text, cardinality(issues)
          FROM (SELECT CASE WHEN (
                    SELECT count(*)
                      FROM (SELECT * FROM issues_issuesearch ORDER BY issue_id DESC LIMIT {NEWEST}) newest
                     WHERE {has_all}
                ) < {MANY} THEN ARRAY(
                    SELECT issue_id FROM issues_issuesearch WHERE {has_all_pairs} AND {has_all} LIMIT {MOST_SORTED + 1}
                ) END AS issues OFFSET 0) found
    """


def mentioning(issues: IssueQuerySet, typed: str) -> IssueQuerySet:
    """Those that have every word of `typed`, each anywhere. In whatever order they are read, a page takes bounded work.

    The words are looked up now, in one statement unless a platform is called by one of several words.
    """
    words = words_of(typed)
    if not words:
        return issues
    found = Found.of(words)
    if not any(found.platforms):
        return issues.filter(_in_words(words, found.issues))
    if len(words) == 1:
        return issues.filter(Q(platform__in=found.platforms[0]) | _in_words(words, found.issues))
    named = [word for word, platforms in zip(words, found.platforms, strict=True) if platforms]
    for word in named:
        issues = mentioning(issues, word)
    return mentioning(issues, " ".join(word for word in words if word not in named))


def _in_words(words: Sequence[str], keys: str | None) -> Q:
    """The issues whose own words have all of these: by their keys, or by looking at each where they are many."""
    if keys is None:
        tests = Q(*(GreaterThan(Func(WRITTEN, Fold(Value(word)), function="strpos"), 0) for word in words))
        own = IssueSearch.objects.filter(pk=OuterRef("pk")).values(has_all=ExpressionWrapper(tests, BooleanField()))
        # A subquery with a value, unlike EXISTS, is never turned into a join that reads all issues first.
        return Q(Subquery(own, output_field=BooleanField()))
    if keys == NONE:
        return Q(pk__in=[])
    # One value however many keys there are, where `pk__in` would bind five thousand.
    listed = Func(Cast(Value(keys), ArrayField(BigIntegerField())), function="ANY")
    return Q(Func(F("pk"), listed, template="%(expressions)s", arg_joiner=" = ", output_field=BooleanField()))


# A pair that this share of all issues has, or so many of few issues, tells nothing of what one of them is about.
COMMON, COMMON_AMONG_FEW = 0.005, 30
# What is looked at for one list of similar issues, and what two issues share at least to be called so.
MOST_PAIRS, MOST_WITH_A_PAIR = 50, 100
LEAST_PAIRS, LEAST_SHARE = 3, 0.15

# The planner's own statistics say which pairs are common; before the first ANALYZE, of few issues, none is.
SIMILAR = f"""
    WITH scope (key) AS NOT MATERIALIZED ({{scope}}), common AS (
        SELECT element AS pair
          FROM pg_stats s
          JOIN pg_class t ON t.oid = 'issues_issuesearch'::regclass AND t.relname = s.tablename,
               unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) listed (element, share)
         WHERE s.attname = 'pairs' AND element <> ''
           AND share > greatest({COMMON}, {COMMON_AMONG_FEW} / greatest(t.reltuples, 1))
    ), telling AS MATERIALIZED (
        SELECT pair
          FROM unnest(tsvector_to_array(search_pairs(search_fold(%s)))) pair
         WHERE length(pair) = 2 AND pair !~ '[\\s,.;:!?()/、。“”]' AND pair NOT IN (SELECT pair FROM common)
         ORDER BY md5(pair)  -- some of all over the text
         LIMIT {MOST_PAIRS}
    ), shared AS (
        SELECT issue_id, count(*) AS pairs
          FROM telling, LATERAL (
            SELECT issue_id FROM issues_issuesearch WHERE pairs @@ search_query(pair) LIMIT {MOST_WITH_A_PAIR}
        ) has_it
         GROUP BY issue_id
        HAVING count(*) >= greatest({LEAST_PAIRS}, {LEAST_SHARE} * (SELECT count(*) FROM telling))
    )
    SELECT i.id
      FROM shared JOIN issues_issue i ON i.id = shared.issue_id
     WHERE i.id IN (SELECT key FROM scope)
     ORDER BY (i.platform_id = %s OR i.category_id = %s) DESC, shared.pairs DESC, i.id DESC
     LIMIT %s
"""


def similar_issues(issue: Issue, reader: User, limit: int = 5) -> list[Issue]:
    """What the reader may see of issues in much the same words, those of its platform or category first.

    For an issue that is not saved yet, too. Bounded however many there are: MOST_PAIRS times MOST_WITH_A_PAIR looks.
    """
    others = Issue.objects.visible_to(reader).exclude(state__in=VOID).exclude(pk=issue.pk).order_by().values("pk")
    try:
        scope, params = others.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        statement = SIMILAR.format(scope=scope)
        cursor.execute(statement, [*params, issue.text, issue.platform_id, issue.category_id, limit])
        keys = [key for (key,) in cursor.fetchall()]
    found = Issue.objects.select_related("platform").in_bulk(keys)
    return [found[key] for key in keys if key in found]
