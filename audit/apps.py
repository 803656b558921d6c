from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import origin, sign_ins  # noqa: PLC0415 - models are not loaded before

        origin.connect()
        sign_ins.connect()
