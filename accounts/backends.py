from typing import Any

from django.contrib.auth.backends import ModelBackend

from accounts.models import Role, User


class UnitBackend(ModelBackend):
    """The user of a request comes with the unit: every row scope asks for it.

    Rights in the administration go with the role: the system administrator has those of the pages registered there,
    which hold settings and accounts, no cases. Nobody has them by a group or one by one.
    """

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("unit").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(user_obj.is_active) and getattr(user_obj, "role", None) == Role.SYSTEM_ADMIN

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)
