"""How the API knows its caller: a bearer token of a client system, or the session of a signed-in page."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User
from config.clock import now


class BearerToken(TokenAuthentication):
    """`Authorization: Bearer TOKEN`, found by its digest in one statement; expired, unknown and disabled are one answer."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        try:
            digest = hash_token(token.decode("ascii"))
        except UnicodeDecodeError as error:
            raise AuthenticationFailed(_("令牌无效或已过期。")) from error
        found = ApiToken.objects.select_related("user__unit").filter(pk=digest, user__is_active=True).first()
        if found is None or (found.expiry and found.expiry <= now()):
            raise AuthenticationFailed(_("令牌无效或已过期。"))
        return found.user, found


class PageSession(SessionAuthentication):
    """The session cookie of the pages, with its CSRF check."""


class HasScope(BasePermission):
    """A token opens only what its scopes name: the view says `scope = "issues"`, the method adds read or write.

    A session stands for a person and is bound by the row scope alone.
    """

    message = _("令牌没有这项权限。")

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        verb = "read" if request.method in SAFE_METHODS else "write"
        return f"{view.scope}:{verb}" in request.auth.scopes
