"""What people add on an issue's page: comments with files, and the names and files the page asks for meanwhile."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from issues.attachments.handing_out import hand_out
from issues.attachments.keeping import DiskRefused
from issues.comments import services
from issues.comments.forms import CommentForm
from issues.comments.mentions import suggest
from issues.models import Attachment, Comment, Issue
from issues.views import issue_page, timeline_part

P = ParamSpec("P")
LONGEST_SEARCH = 50


def for_the_house(view: Callable[Concatenate[SignedIn, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """To a platform's contact, who may well see the issue, none of this exists. A part of the page that is asked for
    after the session ended gets 401, not a page to sign in."""
    behind = for_readers_of_cases(view)

    @login_required
    def signed_in(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_contact:
            raise Http404
        return behind(request, *args, **kwargs)

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated and _is_part(request):
            return HttpResponse(status=401)
        return signed_in(request, *args, **kwargs)

    return guarded


def takes_attachments(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For config.middleware.BodyLimit; the last one is for the words and the boundaries between the files."""
    view.body_megabytes = lambda: settings.ATTACHMENTS_MEGABYTES_AT_ONCE + 1  # type: ignore[attr-defined] # a mark
    return view


@takes_attachments
@require_http_methods(["GET", "HEAD", "POST"])
@for_the_house
def comment(request: SignedIn, number: str) -> HttpResponse:
    """Makes a comment. What was typed stays whatever the answer is; with htmx the chosen files do, too."""
    issue = get_visible_or_404(Issue.objects, request.user, number=number)
    if not services.may_comment(request.user):
        raise PermissionDenied(_("您可以查看，但不能留言。"))
    if request.method != "POST":  # back from the sign-in page
        return redirect(issue)
    form, status = CommentForm(request.POST, request.FILES), 422
    try:
        if form.is_valid():
            made = services.write_comment(issue, **form.cleaned_data, actor=request.user)
            _say(request, made)
            return _again(request, issue, made)
    except ValidationError as refusal:
        form.add_error(None, refusal)
    except DiskRefused:
        form.add_error(
            "attachments", _("服务器的磁盘暂时存不下附件，这条留言没有保存。请稍后再试；文字可以先不带附件发送。")
        )
        status = 503
    if _is_part(request):
        # htmx swaps a 422 alone; the sentence says what happened.
        return render(request, "issues/_composer_says.html", {"composer": form}, status=422)
    return issue_page(request, number, composer=form, status=status)


def _is_part(request: HttpRequest) -> bool:
    """Whether htmx asks, which puts the answer into the page that stands there."""
    return "HX-Request" in request.headers


def _say(request: SignedIn, made: Comment) -> None:
    names = [person.name for person in made.mentioned.all() if person.pk != request.user.pk]
    if names:
        messages.success(request, _("已发出，已提醒%(names)s。") % {"names": _("、").join(names)})
    else:
        files = made.attachments.count()
        words = ngettext("已发出，附件%(n)d个。", "已发出，附件%(n)d个。", files) % {"n": files}
        messages.success(request, words if files else _("留言已发出。"))


def _again(request: SignedIn, issue: Issue, made: Comment) -> HttpResponse:
    if _is_part(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(f"{issue.get_absolute_url()}#comment-{made.pk}")


@require_POST
@for_the_house
def withdraw(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """The author takes back what was said."""
    comments = Comment.objects.filter(issue__number=number).select_related("issue")
    found = get_editable_or_refuse(comments, request.user, pk=pk)
    services.withdraw(found, actor=request.user)
    messages.success(request, _("留言已撤回，文字和附件不再显示。"))
    return redirect(f"{found.issue.get_absolute_url()}#comment-{found.pk}")


@require_safe
@for_the_house
def mentions(request: SignedIn, number: str) -> HttpResponse:
    """The list that opens behind an @: colleagues who can see the issue, by the beginning of the name in `?q=`."""
    issue = get_visible_or_404(Issue.objects.select_related("lead_unit", "home_unit"), request.user, number=number)
    typed = request.GET.get("q", "").replace("\0", "")[:LONGEST_SEARCH]
    found = suggest(typed, issue, request.user) if services.may_comment(request.user) else []
    return render(request, "issues/_mentions.html", {"suggestions": found})


@require_safe
@for_the_house
def whole_timeline(request: SignedIn, number: str) -> HttpResponse:
    """All of an issue's timeline, of which the page shows the newest."""
    return timeline_part(request, number)


@require_safe
@for_the_house
def attachment(request: SignedIn, number: str, pk: int, *, small: bool = False) -> HttpResponseBase:
    """The file, for whoever sees the issue at this moment: a copy that a browser kept is asked about each time."""
    row = get_visible_or_404(Attachment.objects.filter(issue__number=number), request.user, pk=pk)
    if small and not row.is_image:
        raise Http404
    etag = f'"{row.sha256}{"-small" if small else ""}"'
    answer = get_conditional_response(request, etag=etag) or hand_out(row, small=small)
    assert isinstance(answer, HttpResponse | FileResponse)  # noqa: S101 - for the type checker
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer
