"""The project's URLs, and beside them the smallest views the same answers could come from."""

from django.urls import include, path

from bench import smallest

urlpatterns = [
    path("bench/rows/", smallest.rows),
    path("bench/visit/", smallest.write_visit),
    path("bench/empty/", smallest.empty),
    path("", include("config.urls")),
]
