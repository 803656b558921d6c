from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from config import health, status
from issues.services import terms_in_force


def term_days() -> dict[str, int]:
    """The terms in force by the letter of their tier: what the calendar's calculator offers."""
    return {tier: term.working_days for tier, term in sorted(terms_in_force().items())}


urlpatterns = [
    path("", include("dashboards.urls")),
    path("", include("accounts.urls")),
    path("visits/", include("visits.urls")),
    path("issues/", include("issues.urls")),
    path("calendar/notices/", include("issues.publishing.urls")),
    path("calendar/", include("workdays.urls"), {"presets": term_days}),
    path("", include("issues.handovers.urls")),
    path("", include("liaisons.urls")),
    path("platforms/", include("platforms.urls")),
    path("notices/", include("notices.urls")),
    path("feedback/", include("visits.feedback_urls")),
    path("c/", include("platforms.door_urls")),
    path("p/", include("visits.contact_urls")),
    path("audit/", include("audit.urls")),
    path("api/v1/", include("config.api_router")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("status/", status.show, name="status"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
