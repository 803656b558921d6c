"""Every write to a view that is kept: saved, renamed, shared, deleted, made the one the list opens with."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from config.clock import now
from issues.models import DefaultView, SavedView, SharedWith
from issues.models.saved_view import LONGEST_QUERY, SHARERS
from issues.saved_views.queries import canonical

MOST_VIEWS = 30
LONGEST_NAME = 30


def shares_of(user: User) -> list[SharedWith]:
    """With whom this person may share: the own unit where there is one, everybody only by those who serve everybody."""
    shares = [SharedWith.NOBODY]
    if user.unit_id is not None:
        shares.append(SharedWith.UNIT)
    if user.role in SHARERS:
        shares.append(SharedWith.EVERYBODY)
    return shares


@transaction.atomic
def save_view(
    given: QueryDict, *, name: str, shared_with: str = SharedWith.NOBODY, replaces: bool = False, owner: User
) -> SavedView:
    """Keeps filters, columns and order of a list's address. `replaces`: one of the same name is written over.

    Raises ValidationError for a name that is empty, too long or taken, for sharing that is not this person's to do, for
    an address that is too long, and for one more than MOST_VIEWS.
    """
    # Nobody saves two at once: the number of views is counted under this lock.
    owner = User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    name, query = _checked_name(name), canonical(given)
    _check_share(shared_with, owner)
    if len(query) > LONGEST_QUERY:
        raise ValidationError(_("条件太多，保存不下；请减少几个条件。"))
    view = SavedView.objects.filter(owner=owner, name=name).first()
    if view is not None and not replaces:
        raise ValidationError({"name": _("您已有名为“%(name)s”的视图。") % {"name": name}})
    if view is None:
        if SavedView.objects.filter(owner=owner).count() >= MOST_VIEWS:
            raise ValidationError(_("最多保存%(most)d个视图；请先删去不用的。") % {"most": MOST_VIEWS})
        view = SavedView(owner=owner, name=name)
    view.query, view.shared_with, view.updated_at = query, shared_with, now()
    view.save()
    return view


@transaction.atomic
def change_view(view: SavedView, *, name: str, shared_with: str, actor: User) -> SavedView:
    """Another name, other readers. Raises ValidationError as save_view does."""
    view = _own(view, actor)
    name = _checked_name(name)
    _check_share(shared_with, actor)
    if SavedView.objects.filter(owner=actor, name=name).exclude(pk=view.pk).exists():
        raise ValidationError({"name": _("您已有名为“%(name)s”的视图。") % {"name": name}})
    view.name, view.shared_with, view.updated_at = name, shared_with, now()
    view.save(update_fields=["name", "shared_with", "updated_at"])
    return view


@transaction.atomic
def delete_view(view: SavedView, *, actor: User) -> None:
    """Also from the tabs of those it was shared with; where it was the default, the list opens with everything."""
    _own(view, actor).delete()


@transaction.atomic
def open_with(view: SavedView | None, *, user: User) -> None:
    """The list opens with this view from now on, with everything for none.

    Raises ValidationError for a view that is not shared with the user.
    """
    if view is None:
        DefaultView.objects.filter(user=user).delete()
        return
    # Held until the choice is written: the view cannot be deleted in between.
    held = SavedView.objects.visible_to(user).select_for_update(of=("self",), no_key=True).filter(pk=view.pk)
    if held.first() is None:
        raise ValidationError(_("这个视图已不再与您共享。"))
    DefaultView.objects.update_or_create(user=user, defaults={"view": view})


def _own(view: SavedView, actor: User) -> SavedView:
    """The view as it is now, for this transaction alone; the owner's row first, as save_view locks."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    found = SavedView.objects.editable_by(actor).select_for_update(of=("self",)).filter(pk=view.pk).first()
    if found is None:
        raise ValidationError(_("这个视图已经删除。"))
    return found


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise ValidationError({"name": _("请给视图起个名称。")})
    if len(name) > LONGEST_NAME:
        raise ValidationError({"name": _("名称最多%(most)d个字。") % {"most": LONGEST_NAME}})
    return name


def _check_share(shared_with: str, owner: User) -> None:
    if shared_with not in shares_of(owner):
        raise ValidationError({"shared_with": _("您不能这样共享：全体共享由市科技局和市委科技办设置。")})
