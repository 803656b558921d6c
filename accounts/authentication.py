"""How the API knows its caller: a bearer token of a client system, or the session of a signed-in page."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from knox.crypto import hash_token
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User
from config.clock import now, today


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer TOKEN`, found by its digest in one statement.

    Expired, unknown and disabled are one answer.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = self._find(text.strip())
        if token is None or token.user.is_contact or (token.expiry and token.expiry <= now()):
            raise AuthenticationFailed(_("令牌无效或已过期。"))
        self._note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _find(text: str) -> ApiToken | None:
        if not text.isascii():
            return None
        try:
            token: ApiToken = ApiToken.objects.select_related("user__unit").get(
                pk=hash_token(text), user__is_active=True
            )
        except ApiToken.DoesNotExist:
            return None
        return token

    @staticmethod
    def _note_use(token: ApiToken) -> None:
        """Once a day: enough to find tokens that nobody uses any more, and no write on every call."""
        if token.last_used_on != today():
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today())


class PageSession(SessionAuthentication):
    """The session cookie of the pages, with its CSRF check."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(_("缺少或不符的CSRF令牌。")) from error


class HasScope(BasePermission):
    """A token opens only what its scopes name: the view says `scope = "issues"`, the method adds read or write.

    A session stands for a person and is bound by the row scope alone.
    """

    message = _("令牌没有这项权限。")

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        if not hasattr(view, (request.method or "").lower()):
            return True  # no scope opens what is not offered: 405
        verb = "read" if request.method in SAFE_METHODS else "write"
        return f"{view.scope}:{verb}" in request.auth.scopes
