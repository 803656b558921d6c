"""Below /issues/<number>/, in the namespace of issues."""

from django.urls import path

from issues.comments import views

urlpatterns = [
    path("comments/", views.comment, name="comment"),
    path("comments/<int:pk>/withdraw/", views.withdraw, name="withdraw-comment"),
    path("mentions/", views.mentions, name="mentions"),
    path("timeline/", views.whole_timeline, name="timeline"),
    path("attachments/<int:pk>/", views.attachment, name="attachment"),
    path("attachments/<int:pk>/small/", views.attachment, {"small": True}, name="small-attachment"),
]
