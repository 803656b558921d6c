"""Who somebody is to one issue: the officer of its platform, of the unit that leads it, the one who closes it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit, User
from accounts.scope import heads_above
from issues.models import EventKind, Issue, State, Tier
from platforms.models import Platform

# Whoever had it before does not sign for the unit it was given to.
UNSIGNED = (State.ASSIGNED, State.RETURNED)
RESOLVING = (EventKind.RESOLVED, EventKind.ANSWERED)


class Party(models.TextChoices):
    """The actors of DOMAIN §3. One person may be several of them."""

    OFFICER = "officer", _("联点干部")
    LEAD = "lead", _("主办单位")
    LEAD_HEAD = "lead_head", _("主办单位负责人")
    SUPPORT = "support", _("协办单位")
    HOME_HEAD = "home_head", _("联点单位负责人")
    BUREAU = "bureau", _("市科技局工作人员")
    OFFICE = "office", _("市委科技办")
    CONTACT = "contact", _("平台联络员")
    CLIENT = "client", _("接口客户端")
    SYSTEM = "system", _("系统")


def parties_of(issue: Issue, user: User | None) -> frozenset[Party]:
    """Everything `user` is to the issue; nobody at all is the system. Three statements at most."""
    if user is None:
        return frozenset({Party.SYSTEM})
    found = set(_by_role(user))
    if issue.handler_id == user.pk and issue.state not in UNSIGNED:
        found.add(Party.LEAD)
    if user.role in (Role.UNIT_HEAD, Role.CLERK):
        found |= set(_by_unit(issue, user))
    if user.role == Role.COMMISSION_OFFICE:
        found |= set(_by_office(issue, user))
    if user.is_officer and _looks_after(issue, user):
        found |= {Party.OFFICER, Party.LEAD} if _stays_at_home(issue) else {Party.OFFICER}
    if user.is_contact and _looks_after(issue, user):
        found.add(Party.CONTACT)
    return frozenset(found)


def registrars(platform: Platform, user: User) -> frozenset[Party]:
    """What somebody is to an issue that a platform is about to have."""
    found = set(_by_role(user))
    if Platform.objects.visible_to(user).filter(pk=platform.pk).exists():
        own = {Role.OFFICER: Party.OFFICER, Role.PLATFORM_CONTACT: Party.CONTACT, Role.API_CLIENT: Party.CLIENT}
        found |= {own[Role(user.role)]} if user.role in own else set()
    return frozenset(found)


def is_under(unit: Unit, head: Unit | None) -> bool:
    """Whether `unit` is `head` or stands below it in the tree."""
    return head is not None and unit.path.startswith(head.path)


def _by_role(user: User) -> list[Party]:
    match user.role:
        case Role.COMMISSION_OFFICE:
            return [Party.OFFICE]
        case Role.BUREAU_STAFF:
            return [Party.BUREAU]
        case _:
            return []


def _by_unit(issue: Issue, user: User) -> list[Party]:
    found, is_head = [], user.role == Role.UNIT_HEAD
    if is_under(issue.lead_unit, user.unit):
        found += [Party.LEAD, Party.LEAD_HEAD] if is_head else [Party.LEAD]
    if is_head and is_under(issue.home_unit, user.unit):
        found.append(Party.HOME_HEAD)
    if issue.supports.filter(unit__in=Unit.objects.under(user.unit)).exists():
        found.append(Party.SUPPORT)
    return found


def _by_office(issue: Issue, user: User) -> list[Party]:
    own = [Party.LEAD, Party.LEAD_HEAD] if issue.lead_unit_id == user.unit_id else []  # D is its own matter (R30)
    return own if has_head(issue) else [*own, Party.HOME_HEAD]


def has_head(issue: Issue) -> bool:
    """Whether what waits for a head of the home unit, or of one above, can be done by one: a return of B decided (T7),
    A or B closed by somebody who never had it in hand (R41). The commission office stands in where there is none.
    """
    if issue.tier not in (Tier.A, Tier.B) or issue.state not in (State.RETURNED, State.CONFIRMED):
        return True
    heads = heads_above(issue.home_unit.path)
    return (heads if issue.state == State.RETURNED else heads.exclude(pk__in=hands_of(issue))).exists()


def hands_of(issue: Issue) -> set[int]:
    """Everybody who has had it in hand or resolved it (R41); one statement."""
    changes = issue.handler_changes.order_by()
    resolved = issue.events.filter(kind__in=RESOLVING, actor__isnull=False).order_by().values_list("actor", flat=True)
    before, after = (changes.values_list(name, flat=True) for name in ("before", "after"))
    return {issue.handler_id, *resolved.union(before, after)}


def _stays_at_home(issue: Issue) -> bool:
    """R30: B is the matter of the officer's own unit, and its officer works on it like the unit's own people; referred
    to another unit it is that one's."""
    return issue.tier == Tier.B and issue.lead_unit_id == issue.home_unit_id and issue.state not in UNSIGNED


def _looks_after(issue: Issue, user: User) -> bool:
    return Platform.objects.visible_to(user).filter(pk=issue.platform_id).exists()
