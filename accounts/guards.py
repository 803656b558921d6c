"""Who may open a page at all; which rows stand on it is each queryset's own business."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User

P = ParamSpec("P")


class SignedIn(HttpRequest):
    """A request behind one of these guards."""

    user: User


View = Callable[Concatenate[SignedIn, P], HttpResponse]


def for_readers_of_cases(view: View[P]) -> Callable[..., HttpResponse]:
    """Everybody but the three administrators, whose business platforms and issues are not."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.reads_cases:
            raise PermissionDenied(_("系统、安全和审计管理员不查看平台与问题。"))
        return view(request, *args, **kwargs)

    return guarded


def for_register_keepers(view: View[P]) -> Callable[..., HttpResponse]:
    """Bureau staff, who keep the register."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.keeps_register:
            raise PermissionDenied(_("底册由市科技局工作人员维护。"))
        return view(request, *args, **kwargs)

    return guarded
