"""`manage.py check_translations [--update]`"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.translations import faults, marked_texts, read_catalog, update_catalog


class Command(BaseCommand):
    help = "Fails when a marked text has no complete translation. --update writes new texts into the catalogues."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--update", action="store_true", help="add new texts, drop those no longer used")

    def handle(self, *args: Any, **options: Any) -> None:
        texts = marked_texts()
        count = 0
        for language in (code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE):
            path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            if options["update"]:
                update_catalog(path, language, texts)
            for fault in faults(read_catalog(path, language), texts):
                count += 1
                self.stderr.write(f"{language}: {fault}")
        if count:
            raise CommandError(f"{count} of {len(texts)} texts have no good translation")
        self.stdout.write(f"{len(texts)} texts, all translated")
