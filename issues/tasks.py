"""Celery entry points. Beat calls `tick` every minute; a lost call costs nothing, the next one finds the same rows."""

from celery import shared_task

from issues import tick as scan
from issues.attachments.sweep import sweep


@shared_task
def tick() -> None:
    scan.tick()


@shared_task
def sweep_attachments() -> None:
    """Nightly. A lost call costs nothing: the next one finds the same files."""
    sweep()
