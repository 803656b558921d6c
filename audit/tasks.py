"""Celery entry point: beat calls each night; a lost call costs a day, and the watch says when it was long ago."""

from celery import shared_task

from audit.verification import verify


@shared_task
def verify_audit() -> None:
    verify()
