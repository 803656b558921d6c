from django.urls import path

from liaisons import absence_views, duty_views, import_views, plan_views, views

app_name = "liaisons"
urlpatterns = [
    path("officers/", views.officer_list, name="list"),
    path("officers/plan/", plan_views.plan, name="plan"),
    path("officers/<int:pk>/", views.detail, name="detail"),
    path("officers/<int:pk>/absences/new/", absence_views.arrange, name="arrange-absence"),
    path("absences/<int:pk>/end/", absence_views.end, name="end-absence"),
    path("platforms/<int:pk>/responsible/", absence_views.responsible, name="responsible"),
    path("platforms/<int:pk>/assign/", views.assign, name="assign"),
    path("assignments/<int:pk>/end/", views.end_assignment, name="end-assignment"),
    path("duties/", duty_views.duty_list, name="duties"),
    path("duties/<int:pk>/waive/", duty_views.waive, name="waive-visit"),
    path("duties/<int:pk>/restore/", duty_views.restore, name="restore-visit"),
    path("register/import/", import_views.import_register, name="import-register"),
    path("register/import/<int:pk>/apply/", import_views.apply_import, name="apply-import"),
    path("register/import/template.xlsx", import_views.import_template, name="import-template"),
]
