from django.urls import path

from platforms import link_views, views

app_name = "platforms"
urlpatterns = [
    path("", views.platform_list, name="list"),
    path("new/", views.create, name="create"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    # A contact's own door
    path("contacts/<int:pk>/link/", link_views.make, name="make-link"),
    path("contacts/<int:pk>/mail-link/", link_views.mail, name="mail-link"),
    path("contacts/<int:pk>/revoke-link/", link_views.revoke, name="revoke-link"),
    path("<int:pk>/contacts/<int:contact_pk>/phone/", views.reveal_phone, name="reveal-phone"),
]
