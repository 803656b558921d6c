from types import SimpleNamespace

import pytest

from accounts.models import Role, UnitKind
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue, make_visit


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """Two districts below the commission office, in each an officer with a platform, a visit and an issue."""
    office = UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE)
    made = SimpleNamespace(office=office)
    for name in ("east", "west"):
        unit = UnitFactory(code=f"D-{name}", kind=UnitKind.DISTRICT, parent=office)
        officer = OfficerFactory(user=UserFactory(unit=unit))
        platform = PlatformFactory(officer=officer)
        visit = make_visit(officer, platform=platform)
        issue = make_issue(officer, platform=platform)
        client = UserFactory(role=Role.API_CLIENT, unit=unit)
        things = {"unit": unit, "officer": officer, "platform": platform, "visit": visit, "issue": issue}
        setattr(made, name, SimpleNamespace(**things, user=officer.user, client=client))
    return made
