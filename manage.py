#!/usr/bin/env python
"""Liandian's command line: `./run manage COMMAND` calls it inside the project's own environment."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    if os.environ["DJANGO_SETTINGS_MODULE"] == "config.settings.local":
        from config.embedded import ensure_environment  # noqa: PLC0415 - only the local environment has servers of its own

        ensure_environment(sys.argv)
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings come first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
