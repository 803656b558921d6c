"""What officers see of ratings: sums of five or more, never a single one (R44)."""

from dataclasses import dataclass

from django.db.models import QuerySet

from issues.models import Grade, Rating

AT_LEAST = 5


@dataclass(frozen=True, slots=True)
class RatingSum:
    """F13 over `count` ratings: how many call the service, the result, and both at least 基本满意."""

    count: int
    service: int
    result: int
    both: int


def summed(ratings: QuerySet[Rating]) -> RatingSum | None:
    """The sum of the oldest ratings in whole groups of five; None below the first five.

    Not of all: whoever looks before and after the sixth would know what the sixth said. What was added to a rating does
    not count: a first word is not talked away.
    """
    rows = list(ratings.filter(is_added=False).order_by("pk").values_list("service", "result"))
    rows = rows[: len(rows) - len(rows) % AT_LEAST]
    if not rows:
        return None
    content = [(service >= Grade.FAIRLY_SATISFIED, result >= Grade.FAIRLY_SATISFIED) for service, result in rows]
    return RatingSum(
        count=len(rows),
        service=sum(service for service, _result in content),
        result=sum(result for _service, result in content),
        both=sum(service and result for service, result in content),
    )
