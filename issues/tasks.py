"""Celery entry points. Beat calls `tick` every minute; a lost call costs nothing, the next one finds the same rows."""

from celery import shared_task

from issues import tick as scan


@shared_task
def tick() -> None:
    scan.tick()
