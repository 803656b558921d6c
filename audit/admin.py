"""What the administration of accounts needs of the log: to end a pause after failed sign-ins."""

from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import UserAdmin
from accounts.models import User
from audit.sign_ins import unlock

admin.site.unregister(User)


@admin.register(User)
class UnlockingUserAdmin(UserAdmin):
    actions = ("end_pause",)

    @admin.action(description=gettext_lazy("解除登录锁定"), permissions=["change"])
    def end_pause(self, request: HttpRequest, users: QuerySet[User]) -> None:
        actor = cast("User", request.user)  # only who is signed in gets here
        for user in users.exclude(pk=actor.pk):
            unlock(user, actor=actor)
        messages.success(request, _("已解除登录锁定，现在可以再试。"))
