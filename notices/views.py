"""The inbox: what the job told this person, and the way from each message to what it is about."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.guards import SignedIn
from accounts.scope import get_visible_or_404
from config.clock import now
from config.paging import page_of
from notices.models import Notice


@require_safe
@login_required
def notice_list(request: SignedIn) -> HttpResponse:
    """The reader's own notices: what is unread first, then the newest."""
    mine = Notice.objects.visible_to(request.user)
    # Descending, PostgreSQL puts the nulls, which are the unread ones, first.
    page = page_of(mine, ("-read_at", "-pk"), request.GET.get("cursor", ""))
    return render(request, "notices/list.html", {"page": page})


@require_GET
@login_required
def open_notice(request: SignedIn, pk: int) -> HttpResponse:
    """Marks the notice read and goes where it points."""
    notice = get_visible_or_404(Notice.objects, request.user, pk=pk)
    Notice.objects.visible_to(request.user).filter(pk=notice.pk).mark_read(now())
    if not url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None):
        return redirect("notices:list")
    return redirect(notice.url)


@require_POST
@login_required
def read_all(request: SignedIn) -> HttpResponse:
    """Marks everything read that the reader has."""
    count = Notice.objects.visible_to(request.user).mark_read(now())
    if count:
        words = ngettext("%(count)d条消息已标为已读。", "%(count)d条消息已标为已读。", count)
        messages.success(request, words % {"count": count})
    return redirect("notices:list")
