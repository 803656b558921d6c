"""In which order the issue list stands."""

from django.http import QueryDict

BY_DUE_DATE = ("clock_due_on", "pk")
NEWEST_FIRST = ("-pk",)


def order_of(given: QueryDict) -> tuple[str, ...]:
    """By the running clock where only issues with a running clock are asked for, else the newest first."""
    has_clock = given.get("open") == "true" or given.get("todo") == "true" or given.get("warning")
    return BY_DUE_DATE if given.get("sort", "due" if has_clock else "new") == "due" else NEWEST_FIRST
