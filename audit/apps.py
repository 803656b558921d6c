from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("审计")

    def ready(self) -> None:
        from audit import origin, sign_ins  # noqa: PLC0415 - models are not loaded before

        origin.connect()
        sign_ins.connect()
