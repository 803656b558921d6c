from django.urls import include, path, register_converter

from issues import move_views, request_views, views


class NumberConverter:
    """An issue's number as register_issues gives it out; anything else is no address, and never a query."""

    regex = "[0-9]{4}-[0-9]{6,7}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "issue_number")

app_name = "issues"
MOVES = [
    path("plan/", move_views.confirm_plan, name="confirm-plan"),
    path("promise/", move_views.move_plan, name="move-plan"),
    path("resolve/", move_views.resolve, name="resolve"),
    path("refer/", move_views.refer, name="refer"),
    path("sign/", move_views.sign_for, name="sign-for"),
    path("resume/", move_views.resume, name="resume"),
    path("review/", move_views.review, name="review"),
    path("extend/", request_views.ask_extension, name="ask-extension"),
    path("extend/dates/", request_views.extension_dates, name="extension-dates"),
    path("suspend/", request_views.ask_suspension, name="ask-suspension"),
    path("tier/", request_views.ask_tier, name="ask-tier"),
    path("tier/dates/", request_views.tier_dates, name="tier-dates"),
    path("requests/<int:pk>/", request_views.decide, name="decide"),
]
urlpatterns = [
    path("", views.issue_list, name="list"),
    path("export/", views.export, name="export"),
    path("<issue_number:number>/", views.detail, name="detail"),
    path("<issue_number:number>/warnings/<int:pk>/", views.acknowledge_warning, name="acknowledge"),
    path("<issue_number:number>/", include(MOVES)),
    path("<issue_number:number>/", include("issues.comments.urls")),
]
