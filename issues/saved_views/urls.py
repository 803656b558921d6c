from django.urls import path

from issues.saved_views import views

urlpatterns = [
    path("views/", views.view_list, name="views"),
    path("views/new/", views.save, name="save-view"),
    path("views/open-with-everything/", views.open_with_everything, name="open-with-everything"),
    path("views/<int:pk>/", views.change, name="change-view"),
    path("views/<int:pk>/delete/", views.delete, name="delete-view"),
    path("views/<int:pk>/open-with/", views.open_with, name="open-with-view"),
    path("columns/", views.choose_columns, name="columns"),
]
