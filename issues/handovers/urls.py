from django.urls import path

from issues.handovers import views
from issues.urls import NumberConverter  # noqa: F401 - registers `issue_number`

app_name = "handovers"
urlpatterns = [
    path("handovers/", views.handover_list, name="list"),
    path("handovers/platforms/<int:pk>/", views.platform_handover, name="platform"),
    path("handovers/platforms/<int:pk>/accept/", views.accept_platform, name="accept-platform"),
    path("handovers/platforms/<int:pk>/decline/", views.decline_platform, name="decline-platform"),
    path("handovers/platforms/<int:pk>/withdraw/", views.withdraw_platform, name="withdraw-platform"),
    path("handovers/cases/<int:pk>/", views.case_handover, name="case"),
    path("handovers/cases/<int:pk>/accept/", views.accept_case, name="accept-case"),
    path("handovers/cases/<int:pk>/decline/", views.decline_case, name="decline-case"),
    path("handovers/cases/<int:pk>/withdraw/", views.withdraw_case, name="withdraw-case"),
    path("platforms/<int:pk>/hand-over/", views.ask_platform, name="ask-platform"),
    path("issues/<issue_number:number>/hand-over/", views.ask_case, name="ask-case"),
    path("people/<int:pk>/work/", views.desk, name="desk"),
]
