from celery import shared_task

from liaisons.models import PendingImport


@shared_task
def forget_stale_imports() -> int:
    """Deletes the uploads nobody confirmed within a day: they hold names and telephone numbers. How many those were."""
    return PendingImport.objects.stale().delete()[0]
