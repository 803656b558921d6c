"""Celery entry points. Beat calls every minute; a lost call costs nothing, the next one sees the same state."""

from celery import shared_task

from config import watch as watching


@shared_task
def watch() -> None:
    watching.watch()
