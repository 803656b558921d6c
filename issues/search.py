"""Finding issues by what is written in them: number, text, reply and plan, and the platform's names (see docs/search.md).

An index over characters gives the candidates, and each is looked at: a word is found exactly where it stands.
"""

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, ExpressionWrapper, F, Func, OuterRef, Q, Subquery, Value

from issues.models import IssueQuerySet, IssueSearch
from platforms.search import Fold, Keys, called, holds, words_of

# Up to here the issues with a word are collected and sorted; a word in more of them is met soon enough by walking
# along the order of the list. The planner does not know which word is which and would walk a million rows for one.
MOST_SORTED = 5_000
# A word in so many of the newest issues need not be collected to know that it is in too many.
NEWEST, MANY = 200, 10

WRITTEN = Func("said", "planned", template="(%(expressions)s)", arg_joiner=" || ")


def mentioning(issues: IssueQuerySet, typed: str) -> IssueQuerySet:
    """Those that have every word of `typed`, each anywhere. In whatever order they are read, a page takes bounded work.

    The words are looked up now: two or three statements, before the rows themselves are read.
    """
    words = words_of(typed)
    platforms = called(words)
    together = [word for word in words if not platforms[word]]
    if together:
        issues = issues.filter(_with_all(together))
    for word in words:
        if platforms[word]:
            issues = issues.filter(Q(platform__in=platforms[word]) | _with_all([word]))
    return issues


def _with_all(words: Sequence[str]) -> Q:
    """The issues whose own words have all of these: named one by one, or known by looking where they are many."""
    tests = Q(*(holds(WRITTEN, word) for word in words))
    is_found = ExpressionWrapper(tests, BooleanField())
    newest = IssueSearch.objects.order_by("-pk").values_list(is_found, flat=True)[:NEWEST]
    if sum(newest) < MANY:
        keys = [Keys(Fold(Value(word))) for word in words]
        having = IssueSearch.objects.filter(*(Q(grams__contains=each) for each in keys), tests)
        found = list(having.values_list("pk", flat=True)[: MOST_SORTED + 1])
        if len(found) <= MOST_SORTED:
            return _is_one_of(found)
    own = IssueSearch.objects.filter(pk=OuterRef("pk")).values(is_found=is_found)
    # A subquery with a value, unlike EXISTS, is never turned into a join that reads all issues first.
    return Q(Subquery(own, output_field=BooleanField()))


def _is_one_of(keys: list[int]) -> Q:
    """One value however many keys there are, where `pk__in` would bind five thousand."""
    if not keys:
        return Q(pk__in=[])
    listed = Func(Value(keys, ArrayField(BigIntegerField())), function="ANY")
    return Q(Func(F("pk"), listed, template="%(expressions)s", arg_joiner=" = ", output_field=BooleanField()))
