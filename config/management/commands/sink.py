import signal
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.servers import CannotStart, port_from_environment, require_free_port
from config.sink import Sink


class Command(BaseCommand):
    help = (
        "Takes mail, robot and webhook messages of a development system and shows them on a page instead of sending "
        "them. `up` starts it under development settings."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="port of the page, the robots and webhooks (SINK_PORT, else 8025)")
        parser.add_argument("--smtp-port", type=int, help="port for mail (SINK_SMTP_PORT, else the one after it)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            port = options["port"] or settings.SINK_PORT or port_from_environment("SINK_PORT", 8025)
            smtp_port = options["smtp_port"] or port_from_environment("SINK_SMTP_PORT", port + 1)
            require_free_port(port, "sink", "SINK_PORT")
            require_free_port(smtp_port, "sink mail", "SINK_SMTP_PORT")
        except CannotStart as refusal:
            raise CommandError(str(refusal)) from None
        signal.signal(signal.SIGTERM, _end)
        self.stdout.write(f"messages on http://127.0.0.1:{port}/ (mail on port {smtp_port})")
        self.stdout.flush()
        try:
            Sink(port, smtp_port).serve()
        except KeyboardInterrupt:
            return


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
