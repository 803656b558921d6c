"""Celery entry points. Beat calls every ten seconds; a lost call costs nothing, the next one finds the same rows."""

from celery import shared_task

from notices import outbox


@shared_task
def deliver_outbox() -> None:
    outbox.run()
