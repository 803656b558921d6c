"""`/c/…/`: what a contact's link looks like. Outside the pages of the house, and short, for a messenger."""

from django.urls import path

from platforms import link_views

app_name = "door"
urlpatterns = [path("<str:token>/", link_views.enter, name="enter")]
