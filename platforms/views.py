"""The pages of the register: the list, one platform, and the form the bureau keeps it with."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.filters import stray
from accounts.guards import SignedIn, for_readers_of_cases, for_register_keepers
from accounts.models import User
from accounts.scope import get_editable_or_refuse, get_visible_or_404, heads
from audit.models import Action
from audit.services import record
from config.paging import page_of
from platforms import conflicts, history
from platforms.coverage import Coverage
from platforms.filters import PlatformFilter
from platforms.forms import ContactFormSet, PlatformForm
from platforms.link_states import doors_of
from platforms.listing import ORDER, FilterBar, with_standing
from platforms.models import Platform
from platforms.services import RegisterChanged, fingerprint, save_platform


@require_safe
@for_readers_of_cases
def platform_list(request: SignedIn) -> HttpResponse:
    """The platforms the reader may see; a filter that means nothing gets its sentence and no rows at all."""
    coverage = Coverage()
    visible = Platform.objects.visible_to(request.user)
    filters = PlatformFilter(request.GET, visible, request=request, coverage=coverage)
    rows = Platform.objects.none() if filters.errors else filters.qs
    rows = with_standing(rows.select_related("type", "district", "competent_unit"), request.user, coverage)
    page = page_of(rows, ORDER, request.GET.get("cursor", ""))
    context = {
        "page": page,
        "bar": FilterBar(filters, request.user),
        "stray": stray(request.GET, PlatformFilter, "more"),
    }
    return render(request, "platforms/list.html", context, status=422 if filters.errors else 200)


@require_safe
@for_readers_of_cases
def detail(request: SignedIn, pk: int) -> HttpResponse:
    """One platform: what it is, who looks after it, what happened, what is open."""
    return _detail_page(request, _visible(request, pk))


@require_POST
@never_cache
@for_readers_of_cases
def reveal_phone(request: SignedIn, pk: int, contact_pk: int) -> HttpResponse:
    """R57: the full number, to whoever looks after the platform. The log has who saw it, and who was refused."""
    platform = _visible(request, pk)
    contact = get_object_or_404(platform.contacts, pk=contact_pk)
    present = platform.assignments.current().select_related("officer").first()
    is_own = _is_own(present, history.deputy_today(present), request.user)
    label = f"{platform.name} {contact.masked_name} {contact.masked_phone}"
    table = contact._meta.db_table
    record(Action.REVEAL, actor=request.user, subject=table, key=contact.pk, label=label, is_success=is_own)
    if not is_own:
        raise PermissionDenied(_("完整号码只给这家平台的联点干部看。"))
    if request.headers.get("HX-Request"):
        context = {"platform": platform, "contact": contact, "is_own": True, "revealed": contact.pk}
        return render(request, "platforms/_phone.html", context)
    return _detail_page(request, platform, revealed=contact.pk)


def _is_own(present: Any, deputy: Any, user: User) -> bool:
    """R57: full names and numbers are for the platform's own officer, and for whoever stands in today."""
    return present is not None and user.pk in (present.officer.user_id, deputy and deputy.user_id)


def _visible(request: SignedIn, pk: int) -> Platform:
    platforms = Platform.objects.select_related("type", "competent_unit", "district", "tech_domain")
    return get_visible_or_404(platforms, request.user, pk=pk)


def _detail_page(request: SignedIn, platform: Platform, revealed: int | None = None) -> HttpResponse:
    user, coverage = request.user, Coverage()
    assignments = list(platform.assignments.select_related("officer__user", "officer__home_unit"))
    present = next((each for each in assignments if each.ended_on is None), None)
    deputy = history.deputy_today(present)
    marks = history.quarter_marks(platform, coverage)
    contacts = platform.contacts.all()
    context = {
        "platform": platform,
        "assignments": assignments,
        "present": present,
        "is_own": _is_own(present, deputy, user),
        "revealed": revealed,
        "deputy": deputy,
        "may_hand_over": present is not None and _may_hand_over(present.officer, user),
        "contacts": contacts,
        "doors": doors_of(contacts) if contacts.editable_by(user).exists() else None,
        "marks": marks,
        "contact": marks[-1].contact,
        "happenings": history.happenings(platform, user, assignments),
        "running": history.running_issues(platform, user),
        "duties": history.duties_now(platform, present, coverage),
        "totals": history.totals(platform, user),
        "may_log": user.is_officer or (user.keeps_register and present is not None),
    }
    return render(request, "platforms/detail.html", context)


def _may_hand_over(officer: Any, user: User) -> bool:
    return user.keeps_register or officer.user_id == user.pk or heads(user, officer.home_unit)


@require_http_methods(["GET", "HEAD", "POST"])
@for_register_keepers
def create(request: SignedIn) -> HttpResponse:
    return _edit(request, Platform())


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def edit(request: SignedIn, pk: int) -> HttpResponse:
    return _edit(request, get_editable_or_refuse(Platform.objects.select_related("type"), request.user, pk=pk))


def _edit(request: SignedIn, platform: Platform) -> HttpResponse:
    """The form and its contacts. Whatever is wrong, what was typed stays."""
    if request.method != "POST":
        return _form_page(request, platform, PlatformForm(instance=platform), ContactFormSet(instance=platform))
    is_new = platform.pk is None
    # Before a word is judged: a mask of what stood there would be called wrong, not old.
    if not is_new and request.POST.get("seen") != fingerprint(platform):
        return _both_versions(request, platform)
    form = PlatformForm(request.POST, instance=platform)
    contacts: Any = ContactFormSet(request.POST, instance=platform)
    if form.is_valid() & contacts.is_valid():
        try:
            saved = save_platform(form.instance, contacts.entries(), seen=form.cleaned_data["seen"])
        except RegisterChanged:
            return _both_versions(request, Platform.objects.get(pk=platform.pk))
        messages.success(request, _("平台已登记。") if is_new else _("已保存。"))
        return redirect(saved)
    return _form_page(request, platform, form, contacts, status=422)


def _both_versions(request: SignedIn, platform: Platform) -> HttpResponse:
    """Somebody else was faster. What was typed stays, and is saved when it is submitted once more."""
    data = conflicts.on_top_of(platform, request.POST)
    differences = conflicts.differences(platform, data)
    form, contacts = PlatformForm(data, instance=platform), ContactFormSet(data, instance=platform)
    form.add_error(None, conflicts.refusal(platform, request.POST))
    return _form_page(request, platform, form, contacts, status=409, differences=differences)


def _form_page(
    request: SignedIn, platform: Platform, form: PlatformForm, contacts: Any, status: int = 200, **context: Any
) -> HttpResponse:
    # The form writes into the instance: the page goes on calling the platform by the name it has in the register.
    name = form.initial.get("name", "")
    shown = {"platform": platform, "name": name, "form": form, "contacts": contacts, "parts": [form, contacts]}
    return render(request, "platforms/edit.html", {**shown, **context}, status=status)
