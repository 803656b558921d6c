from typing import Any

import pytest

from issues.models import IssueCategory
from liaisons.models import Officer
from platforms.models import Platform
from tests.factories import CategoryFactory, PlatformFactory
from tests.visits.typed import Typed


@pytest.fixture
def platform(officer: Officer) -> Platform:
    """The officer's one platform."""
    return PlatformFactory(officer=officer)


@pytest.fixture
def category(db: None) -> IssueCategory:
    return CategoryFactory()


@pytest.fixture
def typed(platform: Platform, category: IssueCategory) -> Any:
    """`typed(text="…")` is a filled-in form for the officer's platform."""

    def fill(**fields: Any) -> Typed:
        return Typed(platform, category, **fields)

    return fill
