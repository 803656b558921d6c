"""What of a list's address is kept: its filters, columns and order, in one spelling for what means the same."""

from django.http import QueryDict

from issues.columns import PARAMETER, chosen
from issues.filters import IssueFilter
from issues.order import order_of

FILTERS = tuple(IssueFilter.get_filters())  # type: ignore[no-untyped-call] # stubs


def kept(given: QueryDict) -> QueryDict:
    """The filters in their order, then the order of the rows and the columns where these are not the usual ones.

    A place in the list (`cursor`) and how the page looked (`more`) are not kept.
    """
    query = QueryDict(mutable=True)
    for name in FILTERS:
        if values := sorted({value for value in given.getlist(name) if value}):
            query.setlist(name, values)
    usual = order_of(query)
    if (sort := given.get("sort")) and order_of(given) != usual:
        query["sort"] = sort
    if columns := chosen(given).value:
        query[PARAMETER] = columns
    return query


def canonical(given: QueryDict) -> str:
    """The same as text: equal for lists that are equal."""
    # A comma is no separator in an address; written out it stays readable.
    return kept(given).urlencode(safe=",")
