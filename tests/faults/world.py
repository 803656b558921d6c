"""The issues, people and channels that faults meet, the same whenever they are built; and what must come out equal."""

from collections import Counter
from datetime import timedelta
from typing import Any

from accounts.models import Role, UnitKind
from config.clock import frozen, today
from issues.models import Issue
from issues.models import Warning as IssueWarning
from issues.services import confirm_plan, refer, sign_for
from notices.models import Announcement, Channel, ChannelKind, Delivery, DeliveryState, Notice
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue
from tests.faults.receiver import Receiver

# One morning of each kind: half way, nearing, due, late, later, much later.
MORNINGS = (
    *("2026-10-22T09:00", "2026-10-26T09:00", "2026-10-29T09:00", "2026-10-30T09:00", "2026-11-05T09:00"),
    *("2026-11-09T09:00", "2026-11-30T09:00"),
)
BEGINS = "2026-10-15T12:00"


def build(receiver: Receiver | None = None, *, begins: str = BEGINS, issues: int = 6) -> list[Issue]:
    """Issues of every tier, raised on a Thursday; the last two with a plan and with an unsigned referral."""
    with frozen(begins):
        office = UnitFactory(code="CO", name="市委科技办", kind=UnitKind.COMMISSION_OFFICE)
        unit = UnitFactory(code="M-1", name="某局", parent=office, takes_tiers=["B", "C", "D"])
        other = UnitFactory(code="M-2", name="另一局", parent=office, takes_tiers=["B", "C"])
        people = {
            "office": (Role.COMMISSION_OFFICE, office),
            "bureau": (Role.BUREAU_STAFF, unit),
            "head": (Role.UNIT_HEAD, unit),
            "head2": (Role.UNIT_HEAD, other),
            "officer": (Role.OFFICER, unit),
        }
        for name, (role, home) in people.items():
            UserFactory(username=name, name=name, role=role, unit=home, email=f"{name}@example.com")
        officer = OfficerFactory(user=UserFactory._meta.model.objects.get(username="officer"), staff_no="L1")
        platform = PlatformFactory(code="P1", name="示例·平台", officer=officer)
        made = [make_issue(officer, platform=platform, tier="BCD"[n % 3]) for n in range(issues)]
        office_user = UserFactory._meta.model.objects.get(username="office")
        if made[-1].tier != "B":
            refer(made[-1], unit=unit, actor=office_user)
            sign_for(made[-1], actor=UserFactory._meta.model.objects.get(username="head"))
        if receiver is not None:
            Channel.objects.create(name="接口", kind=ChannelKind.WEBHOOK, address=receiver.address, per_minute=6000)
        confirm_plan(
            made[-1],
            text="分两批进场。",
            unit=unit,
            person="周工",
            promised_on=today() + timedelta(days=22),
            told_platform_on=today(),
            actor=Issue.objects.get(pk=made[-1].pk).handler,
        )
        refer(made[-2], unit=other, actor=officer.user if made[-2].tier == "B" else office_user)
    return made


def warnings() -> Counter[Any]:
    rows = IssueWarning.objects.values_list(
        "issue__number", "deadline__clock", "deadline__version", "level", "step", "reached_on"
    )
    return Counter(rows)


def told() -> dict[str, Counter[Any]]:
    """Who was told what, inside and outside."""
    notices = Counter(f"{n.recipient.username} {_said(n)}" for n in Notice.objects.select_related("recipient"))
    announcements = Counter(f"{a.channel.name} {_said(a)}" for a in Announcement.objects.select_related("channel"))
    deliveries = Delivery.objects.select_related("channel").prefetch_related("notices__recipient", "announcements")
    carried = Counter(
        (
            delivery.channel.name,
            delivery.state,
            tuple(sorted(f"{n.recipient.username} {_said(n)}" for n in delivery.notices.all())),
            tuple(sorted(_said(a) for a in delivery.announcements.all())),
        )
        for delivery in deliveries
    )
    return {"notices": notices, "announcements": announcements, "deliveries": carried}


def _said(entry: Notice | Announcement) -> str:
    """Without the row it came from, whose number is another one each time."""
    return f"{entry.kind} {sorted((name, value) for name, value in entry.data.items() if name != 'warning')}"


def rows() -> dict[str, Counter[Any]]:
    """Everything that must be as if nothing had happened."""
    breaches = Counter(Issue.objects.values_list("number", "breached_on", "state"))
    alarms = Counter(Issue.objects.values_list("number", "alarms__clock", "alarms__rings_on"))
    return {"warnings": warnings(), "breaches": breaches, "alarms": alarms, **told()}


def sent() -> set[str]:
    return {str(pk) for pk in Delivery.objects.filter(state=DeliveryState.SENT).values_list("pk", flat=True)}
