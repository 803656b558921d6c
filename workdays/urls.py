from django.urls import path

from workdays import views

app_name = "workdays"
urlpatterns = [
    path("", views.year, name="current-year"),
    path("<int:year>/", views.year, name="year"),
]
