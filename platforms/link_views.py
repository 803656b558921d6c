"""Both sides of the contact's door: who makes, sends and takes back a link, and who comes in by it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse
from notices.links import absolute
from platforms import links
from platforms.contact_sessions import OWN_ROOM, private
from platforms.models import PlatformContact


@require_POST
@for_readers_of_cases
@private
def make(request: SignedIn, pk: int) -> HttpResponse:
    """Makes the link and shows it, this once: it is answered at once, because nothing may keep it for a second look."""
    contact = _contact(request, pk)
    try:
        made = links.make_link(contact, actor=request.user)
    except links.LinkRefused as refusal:
        messages.error(request, refusal.messages[0])
        return redirect(contact.platform)
    context = {"contact": contact, "link": made.link, "address": absolute(made.path)}
    return render(request, "platforms/link.html", context)


@require_POST
@for_readers_of_cases
def mail(request: SignedIn, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    try:
        links.mail_link(contact, actor=request.user)
    except links.LinkRefused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        words = _("邮件已交发送，工作时间内寄到%(email)s。")
        messages.success(request, words % {"email": contact.masked_email})
    return redirect(contact.platform)


@require_POST
@for_readers_of_cases
def revoke(request: SignedIn, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    try:
        was_live = links.revoke_link(contact, actor=request.user)
    except links.LinkRefused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        done, none = _("链接已撤销，正在使用的页面也已退出。"), _("没有需要撤销的链接。")
        messages.success(request, done if was_live else none)
    return redirect(contact.platform)


def _contact(request: SignedIn, pk: int) -> PlatformContact:
    return get_editable_or_refuse(PlatformContact.objects.select_related("platform"), request.user, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@sensitive_variables("token")
@sensitive_post_parameters()
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The door. A GET shows it and changes nothing; the button opens it.

    The page names neither platform nor person: previewers read it, too, and show what they read to a whole group.
    """
    source = links.source_of(request)
    if links.is_barred(source):
        return _no_such_link(request, status=429)
    link = links.look_up(token)
    if link is None:
        links.note_failure(source)
    if link is None or not (link.is_live and link.user.is_active):
        return _no_such_link(request)
    if request.user.is_authenticated and not request.user.is_contact:
        # Nobody who works here becomes the platform by a slip of the finger.
        return render(request, "contacts/door.html", {"is_of_the_house": True}, status=200 if _looks(request) else 403)
    if _looks(request):
        return render(request, "contacts/door.html", {"link": link})
    if not links.enter(request, link):
        return _no_such_link(request)
    return redirect(_wanted(request))


def _looks(request: HttpRequest) -> bool:
    return request.method != "POST"


def _no_such_link(request: HttpRequest, status: int = 404) -> HttpResponse:
    """One page for unknown, expired, revoked and tried too often."""
    response = render(request, "contacts/no_link.html", status=status)
    response["Referrer-Policy"] = "no-referrer"  # there is no form that would need its origin
    if status == 429:
        response["Retry-After"] = str(int(links.WINDOW.total_seconds()))
    return response


def _wanted(request: HttpRequest) -> str:
    """Where a mail wanted to lead, if that is one of the contact's own pages."""
    path = request.GET.get("next", "")
    home = reverse("contacts:home")
    if not (path.startswith(home) and url_has_allowed_host_and_scheme(path, allowed_hosts=None)):
        return home
    try:
        return path if resolve(path).namespace == OWN_ROOM else home
    except Resolver404:
        return home
