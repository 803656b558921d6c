"""`manage.py up`: the whole system on one machine."""

import importlib.util
import os
import time
from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config import embedded
from config.servers import CannotStart, next_free_port, port_from_environment, require_free_port
from config.supervisor import Stop, Supervisor, say


class Command(BaseCommand):
    help = (
        "Starts PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name others), makes the tables, fills an "
        "empty embedded database with the demo, and runs web, worker and beat until Ctrl-C. If one ends, all end. "
        "Under development settings a sink shows what would be sent."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, help="port of the pages (default: PORT, else 8000)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument("--no-sink", action="store_true", help="no page of what would be sent, and no mail")
        parser.add_argument("--reload", action="store_true", help="restart the web processes when code changes")

    def handle(self, *args: Any, **options: Any) -> None:
        self.began = time.monotonic()
        self.lease = embedded.current
        self.supervisor = Supervisor(servers=list(self.lease.servers) if self.lease else [])
        self.supervisor.listen_for_stop()
        reason = None
        try:
            self.start(**options)
            reason = self.supervisor.watch()
            say(f"{reason}: stopping the rest")
        except Stop:
            say("stopping")
        except CannotStart as refusal:
            reason = str(refusal)
        finally:
            began = time.monotonic()
            self.supervisor.stop()
            if self.lease:
                self.lease.end()
            say(f"stopped in {time.monotonic() - began:.1f} s")
        if reason:
            raise CommandError(reason)

    def start(self, *, host: str, port: int | None, no_demo: bool, no_sink: bool, reload: bool, **_: Any) -> None:
        port = port or port_from_environment("PORT", 8000)
        require_free_port(port, "web", "PORT", host=host)
        os.environ["PORT"] = str(port)  # the links in mails lead to it
        sink = self.prepare_sink(wanted=not no_sink)
        for server in self.supervisor.servers:
            say(f"{server.name} on 127.0.0.1:{server.port}")
        call_command("migrate", verbosity=0)
        demo = bool(self.lease and self.lease.has_own_database) and not no_demo
        if demo and not apps.get_model("platforms", "Platform")._default_manager.exists():
            say("filling the empty database with the demo …")
            call_command("seed_demo", verbosity=0)
        connections.close_all()  # the children have their own
        self.spawn_children(host, port, reload=reload)
        if sink:
            self.supervisor.spawn("sink", "manage", "sink")
        self.supervisor.wait_until_web_answers(host, port)
        self.announce(f"http://{host}:{port}/", with_accounts=demo)

    def prepare_sink(self, *, wanted: bool) -> bool:
        """Whether the sink is to run, under development settings; the children learn its ports before they start."""
        if settings.SINK_PORT is None:
            return False
        if not wanted:
            os.environ.setdefault("EMAIL_URL", "")  # nobody would take the mail
            return False
        page = port_from_environment("SINK_PORT", settings.SINK_PORT)
        require_free_port(page, "sink", "SINK_PORT")
        if "SINK_SMTP_PORT" in os.environ:
            mail = port_from_environment("SINK_SMTP_PORT", page + 1)
            require_free_port(mail, "sink mail", "SINK_SMTP_PORT")
        else:
            mail = next_free_port(page + 1)
        os.environ["SINK_SMTP_PORT"] = str(mail)
        return True

    def spawn_children(self, host: str, port: int, *, reload: bool) -> None:
        workers = os.environ.get("WEB_CONCURRENCY") or "2"
        web = f"gunicorn config.wsgi -b {host}:{port} -w {workers} --threads 4 --graceful-timeout 5 --no-control-socket"
        # Imported once and forked: half the start and shared memory; but code that changes must be imported anew.
        loading = "--reload" if reload else "--preload"
        self.supervisor.spawn("web", *web.split(), "--log-level", "warning", loading)
        celery = "celery -A config --quiet --skip-checks"
        self.supervisor.spawn("worker", *f"{celery} worker -c 2 -l WARNING --without-mingle --without-gossip".split())
        schedule = str(embedded.run_dir() / "beat-schedule")
        self.supervisor.spawn("beat", *f"{celery} beat -l WARNING --pidfile= --schedule".split(), schedule)

    def announce(self, address: str, *, with_accounts: bool) -> None:
        if self.lease:
            self.lease.publish(address)
        say(f"ready after {time.monotonic() - self.began:.1f} s: {address} (Ctrl-C stops)")
        if not with_accounts or importlib.util.find_spec("accounts.demo") is None:
            return
        from accounts.demo import demo_accounts  # noqa: PLC0415 - only a demo has them

        say("demo accounts (name, password, role):")
        for username, role, password in demo_accounts():
            say(f"  {username:<14} {password:<14} {role}")
