from django.urls import URLPattern

app_name = "liaisons"
urlpatterns: list[URLPattern] = []
