"""`/feedback/`: what the commission office reads and answers."""

from django.urls import path

from visits import feedback_views as views

app_name = "feedback"
urlpatterns = [
    path("", views.feedback_list, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
]
