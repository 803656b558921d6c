"""A contact's session: it opens the contact's own pages and nothing of the house, and ends with its link."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.guards import SignedIn
from platforms.links import session_goes_on
from platforms.models import PlatformContact

P = ParamSpec("P")
# The door, where one may come in again, and what monitoring asks; everything else needs a session that goes on.
WITHOUT_SESSION = {"door:enter", "healthz", "readyz"}
OWN_ROOM = "contacts"
# What a lapsed form may have held in free text: shown again, so that nothing typed is lost.
TYPED = ("text", "reason")


class ContactSessions:
    """Middleware, after authentication. Whoever is a contact came by a link that is still valid, or is signed out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        match = request.resolver_match
        if match.view_name in WITHOUT_SESSION or not getattr(request.user, "is_contact", False):
            return None
        if not session_goes_on(request, request.user):
            logout(request)
            return lapsed(request)
        if match.namespace == OWN_ROOM or match.view_name == "set_language":
            return None
        if match.view_name in ("dashboards:home", "accounts:sign-in"):
            return redirect("contacts:home")
        return _refused(request, "contacts/elsewhere.html")


def private(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Kept by no cache, found by no search engine, named to no other site.

    Not `no-referrer`: under it browsers send `Origin: null` with a form, which the CSRF check must refuse. With
    `strict-origin` the path, which may be a link, is in no Referer either, not even towards ourselves.
    """

    @wraps(view)
    def kept(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.setdefault("Referrer-Policy", "strict-origin")
        return response

    return kept


class FromPlatform(SignedIn):
    """A request behind `for_contacts`."""

    contact: PlatformContact


def for_contacts(view: Callable[Concatenate[FromPlatform, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The platform's contact; `request.contact` is who it is. Others learn that these pages are not theirs."""

    @private
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return lapsed(request)
        if not request.user.is_contact:
            raise PermissionDenied(_("这些页面给平台联络员用，请在问题清单中查看。"))
        contact = PlatformContact.objects.select_related("platform").filter(user=request.user).first()
        if contact is None:
            return lapsed(request)
        request.contact = contact
        return view(request, *args, **kwargs)

    return guarded


@private
def lapsed(request: HttpRequest) -> HttpResponse:
    """No session, or one that is over: open the link again. What was typed meanwhile stands there to be copied."""
    return _refused(request, "contacts/lapsed.html")


def _refused(request: HttpRequest, template: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        raise PermissionDenied
    typed = [request.POST[name] for name in TYPED if request.POST.get(name)] if request.method == "POST" else []
    return render(request, template, {"typed": typed}, status=403)
