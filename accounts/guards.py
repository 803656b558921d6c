"""Who may open a page at all; which rows stand on it is each queryset's own business."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import Role, User

P = ParamSpec("P")


class NotOpen(PermissionDenied):
    """The page is other people's, to look at too; the text says whose."""


class SignedIn(HttpRequest):
    """A request behind one of these guards."""

    user: User


View = Callable[Concatenate[SignedIn, P], HttpResponseBase]


def for_readers_of_cases(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Everybody but the three administrators, whose business platforms and issues are not."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.reads_cases:
            raise NotOpen(_("系统、安全和审计管理员不查看平台与问题。"))
        return view(request, *args, **kwargs)

    return guarded


def for_register_keepers(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Bureau staff, who keep the register."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.keeps_register:
            raise NotOpen(_("底册由市科技局工作人员维护。"))
        return view(request, *args, **kwargs)

    return guarded


def for_system_administrators(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Those who keep the system running; what it is used for is not their business."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.role != Role.SYSTEM_ADMIN:
            raise NotOpen(_("系统状态由系统管理员查看。"))
        return view(request, *args, **kwargs)

    return guarded


def for_audit_administrators(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Those who read the log; nobody who could have caused what stands in it."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.reads_log:
            raise NotOpen(_("审计记录由审计管理员查看。"))
        return view(request, *args, **kwargs)

    return guarded


def for_calendar_keepers(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Those who enter holiday notices and approve one another's."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.keeps_calendar:
            raise NotOpen(_("放假安排由市科技局工作人员和市委科技办录入、复核。"))
        return view(request, *args, **kwargs)

    return guarded
