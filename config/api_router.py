"""/api/v1/: the resources, their schema and its documentation."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from accounts.api import UnitViewSet
from config.api.docs import DocsView, SchemaView
from issues.api import CategoryViewSet, IssueViewSet
from issues.attachments.api import AttachmentViewSet
from issues.handovers.api import IssueHandlerView
from liaisons.api import DutyViewSet, OfficerViewSet
from liaisons.responsible_api import PlatformResponsibleView
from platforms.api import PlatformViewSet
from visits.api import VisitViewSet
from workdays.api import DueView

router = SimpleRouter()
router.register("units", UnitViewSet, "units")
router.register("platforms", PlatformViewSet, "platforms")
router.register("officers", OfficerViewSet, "officers")
router.register("duties", DutyViewSet, "duties")
router.register("visits", VisitViewSet, "visits")
router.register("issues", IssueViewSet, "issues")
router.register("issues/(?P<number>[0-9]{4}-[0-9]{6,7})/attachments", AttachmentViewSet, "issue-attachments")
router.register("issue-categories", CategoryViewSet, "issue-categories")

app_name = "api"
urlpatterns = [
    path("", include(router.urls)),
    path("platforms/<int:pk>/responsible/", PlatformResponsibleView.as_view(), name="platforms-responsible"),
    re_path("^issues/(?P<number>[0-9]{4}-[0-9]{6,7})/handler/$", IssueHandlerView.as_view(), name="issues-handler"),
    path("workdays/due/", DueView.as_view(), name="workdays-due"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]
