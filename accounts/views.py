"""Signing in and changing the password: Django's views, answering 422 where the form has to be shown again."""

from django import forms
from django.contrib.auth import views
from django.http import HttpResponse
from django.urls import reverse_lazy


class Answers422:
    """A refused form is an unprocessable request, on these pages as on all others."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc] # the view this is mixed into has it
        response.status_code = 422
        return response


class SignIn(Answers422, views.LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class ChangePassword(Answers422, views.PasswordChangeView):
    template_name = "accounts/change_password.html"
    success_url = reverse_lazy("accounts:password-changed")


class PasswordChanged(views.PasswordChangeDoneView):
    template_name = "accounts/password_changed.html"
