from django.urls import path

from issues.bulk import views
from issues.bulk.acts import ACTS

urlpatterns = [
    *(path(f"{action}/", views.prepare, {"action": action}, name=f"bulk-{action}") for action in ACTS),
    path("<uuid:key>/", views.outcome, name="bulk-outcome"),
]
