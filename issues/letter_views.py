"""/issues/<number>/letter/: the commission office writes upwards about a D issue (R30)."""

from io import BytesIO

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.models import Role, Unit, UnitKind
from config.clock import today
from config.fields import WordsField
from issues.forms import Words
from issues.letters import Letter, LetterKind, docx_of
from issues.models import Issue, Tier
from issues.move_views import Page, desk_of, typed
from issues.services.letters import record_letter

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _lines(label: Words, rows: int, *, required: bool = True, help_text: Words = "") -> WordsField:
    return WordsField(
        label=label,
        max_length=2000,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
        error_messages={"required": gettext_lazy("请填写这一项。")},
    )


class LetterForm(forms.Form):
    """What is known stands in the form; what is asked for is left to whoever writes."""

    kind = forms.ChoiceField(label=gettext_lazy("文种"), choices=LetterKind.choices, widget=forms.RadioSelect)
    sender = WordsField(label=gettext_lazy("发文单位"), max_length=60)
    addressee = WordsField(label=gettext_lazy("主送单位"), max_length=100)
    subject = WordsField(
        label=gettext_lazy("事由"), max_length=60, help_text=gettext_lazy("标题是“发文单位关于〔事由〕的请示（函）”。")
    )
    facts = _lines(gettext_lazy("基本情况"), 5)
    efforts = _lines(gettext_lazy("已做工作"), 4, required=False)
    wish = _lines(gettext_lazy("请求事项"), 4, help_text=gettext_lazy("写明请对方做什么、到什么时候。"))
    contact = WordsField(label=gettext_lazy("联系人和电话"), max_length=60)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def letter(request: SignedIn, number: str) -> HttpResponseBase:
    """The form, then the document; the timeline says that it was written. Nothing typed is kept but in the file."""
    desk = desk_of(request, number)
    issue = desk.issue
    if request.user.role != Role.COMMISSION_OFFICE or issue.tier != Tier.D:
        raise PermissionDenied(_("请示和函由市委科技办就D类问题起草。"))
    form = LetterForm(typed(request), initial=_known(issue, request))
    if form.is_bound and form.is_valid():
        written = Letter(**form.cleaned_data, day=today())
        record_letter(issue, title=written.title, addressee=written.addressee, actor=request.user)
        name = f"{written.title}.docx"
        return FileResponse(BytesIO(docx_of(written)), as_attachment=True, filename=name, content_type=DOCX)
    return _shown(request, desk.dossier.yardstick.standing(issue), issue, form)


def _shown(request: SignedIn, standing: object, issue: Issue, form: LetterForm) -> HttpResponse:
    page = Page(
        _("起草请示或函"), "file-earmark-text", _("按公文格式生成Word文件，下载后可以修改。涉密信息不要写进来。")
    )
    context = {"issue": issue, "move": page, "form": form, "standing": standing}
    return render(request, "issues/move.html", context, status=422 if form.is_bound else 200)


def _known(issue: Issue, request: SignedIn) -> dict[str, object]:
    day = issue.raised_on
    unit = request.user.unit.name.split("(")[0] if request.user.unit else ""
    return {
        "kind": LetterKind.LETTER,
        "sender": unit,
        "addressee": _above(issue.lead_unit, request.user.unit),
        "facts": f"{day.year}年{day.month}月{day.day}日，{issue.platform.name}反映：{issue.text}",
        "contact": request.user.name,
    }


def _above(lead: Unit, sender: Unit | None) -> str:
    """Whom a letter upwards goes to: the unit of the province that has the issue, or the one the sender is under."""
    if lead.kind == UnitKind.PROVINCIAL:
        return lead.name
    codes = sender.path.split("/") if sender else []
    superior = Unit.objects.filter(kind=UnitKind.PROVINCIAL, code__in=codes).order_by("path").last()
    return superior.name if superior else ""
