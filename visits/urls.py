from django.urls import path

from visits import views

app_name = "visits"
urlpatterns = [
    path("", views.visit_list, name="list"),
    path("new/", views.log, name="log"),
    path("<int:pk>/", views.detail, name="detail"),
    # Parts of the log form
    path("issue-row/", views.add_issue_row, name="add-issue-row"),
    path("due-dates/", views.due_dates, name="due-dates"),
    path("suggested-tier/", views.suggested_tier, name="suggested-tier"),
    path("platform-search/", views.platform_search, name="platform-search"),
    path("platform-brief/", views.platform_brief, name="platform-brief"),
]
