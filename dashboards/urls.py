from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("workbench/", views.workbench, name="workbench"),
    path("coverage/", views.coverage, name="coverage"),
    path("board/", views.board, name="board"),
    path("issues/d/", views.d_desk, name="d-desk"),
]
