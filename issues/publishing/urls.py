from django.urls import path

from issues.publishing import views

app_name = "publishing"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("new/", views.propose, name="propose"),
    path("regions/new/", views.create_region, name="create-region"),
    path("<int:pk>/", views.notice_detail, name="detail"),
    path("<int:pk>/approve/", views.approve, name="approve"),
    path("<int:pk>/refuse/", views.refuse, name="refuse"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
