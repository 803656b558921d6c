"""The categories of issues, and all reference data together: every room below has its own."""

from pathlib import Path

from django.db import transaction

from accounts.reference import load_units, read_csv, upsert_by_code
from issues.models import IssueCategory
from platforms.reference import load_taxonomy

CATEGORIES = Path(__file__).parent / "data" / "issue_categories.csv"


@transaction.atomic
def load_categories(path: Path = CATEGORIES) -> int:
    """Four service domains and 其他 with their sub-categories; how many rows were new or changed."""
    rows = list(read_csv(path))
    fields = ("name", "name_en", "parent_id")
    changed = upsert_by_code(IssueCategory, [_category(row, None) for row in rows if not row["parent_code"]], fields)
    parents = {category.code: category for category in IssueCategory.objects.filter(parent=None)}
    below = [_category(row, parents[row["parent_code"]]) for row in rows if row["parent_code"]]
    return changed + upsert_by_code(IssueCategory, below, fields)


def _category(row: dict[str, str], parent: IssueCategory | None) -> IssueCategory:
    return IssueCategory(code=row["code"], name=row["name_zh"], name_en=row["name_en"], parent=parent)


@transaction.atomic
def load_reference() -> dict[str, int]:
    """Units, taxonomy and categories as shipped, known by their codes: a repeat changes nothing."""
    return {"units": load_units(), "taxonomy": load_taxonomy(), "categories": load_categories()}
