from django.contrib.auth.backends import ModelBackend

from accounts.models import User


class UnitBackend(ModelBackend):
    """The user of a request comes with the unit: every row scope asks for it."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("unit").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
