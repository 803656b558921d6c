"""Complaints and suggestions as the commission office sees them: the list, and one with its answer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import SignedIn, for_readers_of_cases
from accounts.models import Role
from accounts.scope import get_editable_or_refuse
from config.paging import page_of
from visits.contact_forms import AnswerForm
from visits.feedback import answer_feedback
from visits.models import Feedback


@require_safe
@for_readers_of_cases
def feedback_list(request: SignedIn) -> HttpResponse:
    """What waits for an answer first, the oldest of it on top."""
    if request.user.role != Role.COMMISSION_OFFICE:
        raise PermissionDenied(_("投诉建议由市委科技办受理和答复。"))
    visible = Feedback.objects.visible_to(request.user).select_related("platform")
    context = {
        "waiting": visible.filter(answered_at=None).order_by("answer_by", "pk"),
        "page": page_of(visible.filter(answered_at__isnull=False), ("-pk",), request.GET.get("cursor", "")),
    }
    return render(request, "feedback/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers_of_cases
def detail(request: SignedIn, pk: int) -> HttpResponse:
    feedback = get_editable_or_refuse(Feedback.objects.select_related("platform", "answered_by"), request.user, pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_feedback(feedback, text=form.cleaned_data["text"], actor=request.user)
        except ValidationError as refused:
            form.add_error(None, ValidationError(refused.messages))
        else:
            messages.success(request, _("已答复。"))
            return redirect("feedback:list")
    status = 422 if form.errors else 200
    return render(request, "feedback/detail.html", {"feedback": feedback, "form": form}, status=status)
