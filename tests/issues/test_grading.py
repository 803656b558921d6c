import pytest

from issues.grading import suggested_tier
from issues.models import Importance, Nature, Urgency


@pytest.mark.parametrize(
    ("nature", "urgency", "importance", "tier"),
    [
        ("upward", "normal", "ordinary", "D"),
        ("upward", "urgent", "major", "D"),
        ("cross_unit", "normal", "ordinary", "C"),
        ("cross_unit", "urgent", "important", "C"),
        ("cross_unit", "pressing", "major", "C"),
        ("cross_unit", "urgent", "major", "D"),
        ("own_unit", "urgent", "major", "B"),
        ("explain", "urgent", "important", "A"),
        ("explain", "normal", "major", "B"),
        ("", "urgent", "major", None),
        ("nonsense", "normal", "ordinary", None),
    ],
)
def test_the_nature_suggests_a_tier(nature, urgency, importance, tier):
    assert suggested_tier(nature, urgency, importance) == tier


def test_urgency_and_importance_alone_never_change_what_a_unit_can_do_itself():
    assert {suggested_tier(Nature.OWN_UNIT, u, i) for u in Urgency for i in Importance} == {"B"}
