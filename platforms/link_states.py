"""How each contact's way in stands, for those who may give one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from platforms.models import ContactLink, ContactLinkEvent, LinkEventKind, PlatformContact


@dataclass(frozen=True, slots=True)
class Door:
    """`link` is the newest, `events` what happened to this person's links, newest first."""

    contact: PlatformContact
    link: ContactLink | None = None
    events: list[ContactLinkEvent] = field(default_factory=list)

    @property
    def used_at(self) -> datetime | None:
        """When the newest link was last used."""
        uses = (each.at for each in self.events if each.kind == LinkEventKind.USED and each.link_id == self._link_id)
        return next(uses, None)

    @property
    def _link_id(self) -> int | None:
        return self.link.pk if self.link else None


def doors_of(contacts: Iterable[PlatformContact]) -> list[Door]:
    """One for each contact, in two statements; none where nobody has been given a link."""
    contacts = list(contacts)
    users = [contact.user_id for contact in contacts if contact.user_id]
    if not users:
        return [Door(contact) for contact in contacts]
    links = ContactLink.objects.filter(user__in=users).order_by("user", "-pk").distinct("user")
    link_of = {link.user_id: link for link in links}
    events_of: dict[int, list[ContactLinkEvent]] = defaultdict(list)
    for event in ContactLinkEvent.objects.filter(link__user__in=users).select_related("link", "actor"):
        events_of[event.link.user_id].append(event)
    return [_door(contact, link_of, events_of) for contact in contacts]


def _door(
    contact: PlatformContact, link_of: dict[int, ContactLink], events_of: dict[int, list[ContactLinkEvent]]
) -> Door:
    if contact.user_id is None:
        return Door(contact)
    return Door(contact, link_of.get(contact.user_id), events_of[contact.user_id])
