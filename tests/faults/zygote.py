"""Runs management commands, each in a process of its own: forked from this one, which has loaded everything already.

So a kill comes in the middle of the work and not of the start, and the next process costs milliseconds. One JSON object
a line: {"run": words, "output": path} answers the process number, {"wait": number} its exit code.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import django
from django.core.management import execute_from_command_line, get_commands, load_command_class

from config.servers import die_with_parent

COMMANDS = ("tick", "deliver_outbox", "reconcile")


def main() -> None:
    django.setup()
    for name in COMMANDS:
        load_command_class(str(get_commands()[name]), name)
    __import__("config.urls")
    say("ready")
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        elif (answer := os.fork()) == 0:
            work(asked["run"], Path(asked["output"]))
        say(answer)


def say(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def work(words: list[str], output: Path) -> NoReturn:
    if die := die_with_parent(signal.SIGKILL):
        die()
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    code = 1
    try:
        execute_from_command_line(["manage.py", *words])
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
