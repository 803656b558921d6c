"""The pages of kept views: the present list is saved under a name, and those that are kept are looked after."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from config.clock import today
from issues.columns import ALWAYS, COLUMNS, PARAMETER, chosen, of_names
from issues.filters import IssueFilter
from issues.listing import FilterBar
from issues.models import DefaultView, Issue, SavedView
from issues.move_views import put_beside
from issues.order import BY_DUE_DATE, order_of
from issues.saved_views import services
from issues.saved_views.forms import NewViewForm, ViewForm
from issues.saved_views.queries import kept
from issues.saved_views.tabs import EVERYTHING, Tabs


@dataclass(frozen=True, slots=True)
class Described:
    """A kept view in words. `is_broken`: a condition in it means nothing any more, or nothing to this reader."""

    view: SavedView
    address: str
    words: list[str]
    is_broken: bool
    is_default: bool


@require_safe
@for_readers_of_cases
def view_list(request: SignedIn) -> HttpResponse:
    """The own views to look after, and what others share."""
    views = SavedView.objects.visible_to(request.user).select_related("owner")
    default = DefaultView.objects.filter(user=request.user).values_list("view", flat=True).first()
    described = [_described(request, view, is_default=view.pk == default) for view in views]
    context = {
        "own": [each for each in described if each.view.owner_id == request.user.pk],
        "shared": [each for each in described if each.view.owner_id != request.user.pk],
        "most": services.MOST_VIEWS,
    }
    return render(request, "issues/views.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def save(request: SignedIn) -> HttpResponse:
    """Keeps the list whose query stands in this page's own address. In the list it opens as a dialog."""
    given = QueryDict(kept(request.GET).urlencode())
    form = NewViewForm(request.POST if request.method == "POST" else None, owner=request.user)
    broken = _bar(request, given).complaints
    if form.is_bound and not broken and form.is_valid():
        asked = dict(form.cleaned_data)
        opens = asked.pop("opens")
        try:
            view = services.save_view(given, **asked, owner=request.user)
        except ValidationError as refusal:
            put_beside(form, refusal)
        else:
            if opens:
                services.open_with(view, user=request.user)
            messages.success(request, _("视图“%(name)s”已保存。") % {"name": view.name})
            return redirect(address_of(view.query))
    status = 422 if form.is_bound or broken else 200
    context = {"form": form, "words": _words(request, given), "broken": broken, "back": address_of(given.urlencode())}
    return render(request, "issues/save_view.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def change(request: SignedIn, pk: int) -> HttpResponse:
    """Renames a view or shares it with others."""
    view = get_editable_or_refuse(SavedView.objects, request.user, pk=pk)
    initial = {"name": view.name, "shared_with": view.shared_with}
    form = ViewForm(request.POST if request.method == "POST" else None, owner=request.user, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            services.change_view(view, **form.cleaned_data, actor=request.user)
        except ValidationError as refusal:
            put_beside(form, refusal)
        else:
            messages.success(request, _("视图已修改。"))
            return redirect("issues:views")
    status = 422 if form.errors else 200
    context = {"form": form, "described": _described(request, view, is_default=False)}
    return render(request, "issues/change_view.html", context, status=status)


@require_POST
@for_readers_of_cases
def delete(request: SignedIn, pk: int) -> HttpResponse:
    """The view goes, the issues stay."""
    view = get_editable_or_refuse(SavedView.objects, request.user, pk=pk)
    try:
        services.delete_view(view, actor=request.user)
    except ValidationError as refusal:  # the other finger was faster
        messages.info(request, refusal.messages[0])
    else:
        messages.success(request, _("视图“%(name)s”已删除；问题没有变化。") % {"name": view.name})
    return redirect("issues:views")


@require_POST
@for_readers_of_cases
def open_with(request: SignedIn, pk: int) -> HttpResponse:
    """The list opens with this view."""
    view = get_visible_or_404(SavedView.objects, request.user, pk=pk)
    try:
        services.open_with(view, user=request.user)
    except ValidationError as refusal:  # it has just been deleted, or is no longer shared
        messages.info(request, refusal.messages[0])
    else:
        messages.success(request, _("打开问题清单时先显示“%(name)s”。") % {"name": view.name})
    return redirect("issues:views")


@require_POST
@for_readers_of_cases
def open_with_everything(request: SignedIn) -> HttpResponse:
    """The list opens with everything again."""
    services.open_with(None, user=request.user)
    messages.success(request, _("打开问题清单时显示全部。"))
    return redirect("issues:views")


@require_safe
@for_readers_of_cases
def choose_columns(request: SignedIn) -> HttpResponse:
    """Which columns the list shows. The answer is an address: `show` with what was picked leads back to the list."""
    rest = request.GET.copy()
    for name in (PARAMETER, "cursor", "pick", "show"):
        rest.pop(name, None)
    if "show" in request.GET:
        columns = of_names(request.GET.getlist("pick")).value
        query = rest.urlencode()
        return redirect(address_of("&".join(filter(None, (query, columns and f"{PARAMETER}={columns}")))))
    shown = chosen(request.GET)
    context = {
        "columns": [(column, column.name in shown.names) for column in COLUMNS.values()],
        "always": ALWAYS,
        "carried": [(name, value) for name in rest for value in rest.getlist(name)],
        "usual": address_of(rest.urlencode()),
        "back": address_of(request.GET.urlencode()),
    }
    return render(request, "issues/choose_columns.html", context)


def address_of(query: str) -> str:
    """The list that a query opens; an empty one would open the default view."""
    return f"{reverse('issues:list')}?{query or EVERYTHING}"


def _bar(request: SignedIn, given: QueryDict) -> FilterBar:
    filters = IssueFilter(given, Issue.objects.none(), request=request)
    return FilterBar(filters, request.user, Tabs(request.user, given, today()))


def _words(request: SignedIn, given: QueryDict) -> list[str]:
    """Filters, order and columns of an address, as people say them."""
    filters = _bar(request, given).said
    columns = chosen(given)
    by_due_date = order_of(given) == BY_DUE_DATE
    heads = _("、").join(str(COLUMNS[name].header) for name in columns.names)
    return [
        *(filters or [_("没有条件：全部问题")]),
        _("按到期日先后") if by_due_date else _("新登记的在前"),
        *([_("列：%(heads)s") % {"heads": heads or _("只有编号和问题")}] if columns.value else []),
    ]


def _described(request: SignedIn, view: SavedView, *, is_default: bool) -> Described:
    given = QueryDict(view.query)
    broken = bool(_bar(request, given).complaints)
    return Described(view, address_of(view.query), _words(request, given), broken, is_default)
