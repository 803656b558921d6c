"""Signing in and changing the password: Django's views, answering 422 where the form has to be shown again."""

from typing import Any

from django import forms
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _


class Answers422:
    """A refused form is an unprocessable request, on these pages as on all others."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc] # the view this is mixed into has it
        response.status_code = 422
        return response


class SignInForm(AuthenticationForm):
    def get_invalid_login_error(self) -> ValidationError:
        """The same for names that exist and for names that do not."""
        if getattr(self.request, "sign_in_is_paused", False):
            return ValidationError(_("连续5次没有登录成功，请15分钟后再试；忘记密码请联系安全管理员。"), code="paused")
        return super().get_invalid_login_error()


class SignIn(Answers422, views.LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One transaction: tries under one name wait for each other, so that each sees how the last one went."""
        with transaction.atomic():
            response: HttpResponse = super().post(request, *args, **kwargs)
            return response


class ChangePassword(Answers422, views.PasswordChangeView):
    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("accounts:password-changed")


class PasswordChanged(views.PasswordChangeDoneView):
    template_name = "accounts/password_changed.html"
