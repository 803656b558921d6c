"""The pages of the audit administrator: the log, its export, and whether the chain holds."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import SignedIn, for_audit_administrators
from audit.export import file_name, lines
from audit.filters import AuditFilter
from audit.models import Action, AuditEntry, Verification
from audit.services import record
from audit.verification import Fault, head_now, verify
from audit.words import Reader
from config.paging import page_of


@require_safe
@never_cache
@for_audit_administrators
def entry_list(request: SignedIn) -> HttpResponse:
    """The log, newest first; a filter that means nothing gets its sentence and no rows at all."""
    filters = AuditFilter(request.GET, AuditEntry.objects.visible_to(request.user), request=request)
    found = AuditEntry.objects.none() if filters.errors else filters.qs
    page = page_of(found.select_related("link"), ["-pk"], request.GET.get("cursor", ""))
    last = Verification.objects.select_related("actor").first()
    context = {
        "page": page,
        "lines": Reader(page.rows).lines(),
        "filter": filters,
        "head": head_now(),
        "last": last,
        "faults": [str(Fault(**fault)) for fault in last.faults] if last else [],
    }
    return render(request, "audit/list.html", context, status=422 if filters.errors else 200)


@require_safe
@never_cache
@for_audit_administrators
def export(request: SignedIn) -> HttpResponseBase:
    """The entries of the list with the same filters, as CSV; a filter that means nothing leads back to its list."""
    filters = AuditFilter(request.GET, AuditEntry.objects.visible_to(request.user), request=request)
    if filters.errors:
        return redirect(f"{reverse('audit:list')}?{request.GET.urlencode()}")
    table = AuditEntry._meta.db_table
    record(Action.EXPORT, actor=request.user, subject=table, filters=request.GET.urlencode())
    answer = StreamingHttpResponse(lines(filters.qs), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name()}"'
    return answer


@require_POST
@for_audit_administrators
def verify_now(request: SignedIn) -> HttpResponse:
    finding = verify(actor=request.user)
    if finding.is_sound:
        messages.success(request, _("已核对到第%(number)d号，没有发现改动。") % {"number": finding.head.number})
    else:
        messages.error(request, _("核对发现问题，见下方说明。"))
    return redirect("audit:list")
