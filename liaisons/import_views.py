"""The page that takes in the bureau's own data: upload, look at what would happen, confirm."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import SignedIn, for_register_keepers
from liaisons.forms import UploadForm
from liaisons.import_template import build_template
from liaisons.imports import Report, confirm, keep, run_import
from liaisons.models import PendingImport
from liaisons.sheets import Unreadable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_ERRORS = 200
SHOWN_CHANGES = 100


@require_http_methods(["GET", "HEAD", "POST"])
@for_register_keepers
def import_register(request: SignedIn) -> HttpResponse:
    """The upload and, after it, what it would change or what is wrong with it."""
    if request.method != "POST":
        return _page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    upload = form.cleaned_data["file"]
    content = upload.read()
    try:
        report = run_import(upload.name, content, actor=request.user, apply=False)
    except Unreadable as refusal:
        form.add_error("file", refusal)
        return _page(request, form, status=422)
    if report.errors:
        return _page(request, UploadForm(), report=report, name=upload.name, status=422)
    pending = keep(upload.name, content, report, owner=request.user) if report.changes_something else None
    return _page(request, UploadForm(), report=report, name=upload.name, pending=pending)


@require_POST
@for_register_keepers
def apply_import(request: SignedIn, pk: int) -> HttpResponse:
    """Applies what was shown. Where the register has moved on since, shows what would happen now instead."""
    pending = PendingImport.objects.editable_by(request.user).filter(pk=pk).first()
    report = confirm(pk, owner=request.user) if pending is not None else None
    if pending is None or report is None:
        messages.info(request, _("这份文件已经导入，或已过期。需要时请重新上传。"))
        return redirect("liaisons:import-register")
    if report.applied:
        totals = {
            "new": sum(sheet.new for sheet in report.sheets),
            "changed": sum(sheet.changed for sheet in report.sheets),
        }
        messages.success(request, _("已导入：新增%(new)d行，变更%(changed)d行。") % totals)
        return redirect("liaisons:import-register")
    messages.warning(request, _("您查看之后底册有变动，还没有导入。请按现在的结果再核对一次。"))
    again = pending if not report.errors and report.changes_something else None
    return _page(request, UploadForm(), report=report, name=pending.name, pending=again, status=409)


@require_safe
@for_register_keepers
def import_template(request: SignedIn) -> HttpResponse:
    """The workbook to fill in."""
    response = HttpResponse(build_template(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="liandian-import.xlsx"'
    return response


def _page(
    request: SignedIn,
    form: UploadForm,
    *,
    report: Report | None = None,
    name: str = "",
    pending: PendingImport | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "report": report,
        "name": name,
        "pending": pending,
        "shown_errors": SHOWN_ERRORS,
        "shown_changes": SHOWN_CHANGES,
    }
    return render(request, "liaisons/import.html", context, status=status)
