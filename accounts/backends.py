from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import User
from accounts.rights import has_pages, may


class UnitBackend(ModelBackend):
    """The user of a request comes with the unit: every row scope asks for it.

    Rights in the administration go with the role (accounts.rights): nobody has them by a group or one by one.
    """

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("unit").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(user_obj.is_active) and may(getattr(user_obj, "role", ""), perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return bool(user_obj.is_active) and has_pages(getattr(user_obj, "role", ""), app_label)
