from django.urls import path, register_converter

from issues import views


class NumberConverter:
    """An issue's number as register_issues gives it out; anything else is no address, and never a query."""

    regex = "[0-9]{4}-[0-9]{6,7}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "issue_number")

app_name = "issues"
urlpatterns = [
    path("", views.issue_list, name="list"),
    path("<issue_number:number>/", views.detail, name="detail"),
    path("<issue_number:number>/plan/", views.confirm_plan, name="confirm-plan"),
    path("<issue_number:number>/resolve/", views.resolve, name="resolve"),
]
