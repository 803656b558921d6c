from django.urls import include, path, register_converter

from issues import letter_views, move_views, views
from issues.plays import PLAYS


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
    *(path(f"{action}/", move_views.move, {"action": action}, name=action) for action in PLAYS),
    *(
        path(f"{action}/dates/", move_views.dates, {"action": action}, name=f"{action}-dates")
        for action, play in PLAYS.items()
        if play.asks
    ),
    path("letter/", letter_views.letter, name="letter"),
    path("requests/<int:pk>/", move_views.decide, name="decide"),
]
urlpatterns = [
    path("", views.issue_list, name="list"),
    path("export/", views.export, name="export"),
    path("workflow/", views.workflow, name="workflow"),
    path("suggested-tier/", move_views.suggested_tier, name="suggested-tier"),
    path("bulk/", include("issues.bulk.urls")),
    path("", include("issues.saved_views.urls")),
    path("<issue_number:number>/", views.detail, name="detail"),
    path("<issue_number:number>/warnings/<int:pk>/", views.acknowledge_warning, name="acknowledge"),
    path("<issue_number:number>/", include(MOVES)),
    path("<issue_number:number>/", include("issues.comments.urls")),
]
