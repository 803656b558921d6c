"""The tier that the nature of a matter suggests (R26, R27). A person decides (R28)."""

from issues.models import Importance, Nature, Tier, Urgency


def suggested_tier(nature: str, urgency: str = Urgency.NORMAL, importance: str = Importance.ORDINARY) -> Tier | None:
    """None while the nature is not known, or is no Nature."""
    match nature:
        case Nature.UPWARD:
            return Tier.D
        case Nature.CROSS_UNIT:
            return Tier.D if urgency == Urgency.URGENT and importance == Importance.MAJOR else Tier.C
        case Nature.OWN_UNIT:
            return Tier.B
        case Nature.EXPLAIN:  # a major question deserves a written answer
            return Tier.B if importance == Importance.MAJOR else Tier.A
        case _:
            return None
