from celery import shared_task

from liaisons import duties
from liaisons.models import PendingImport


@shared_task
def forget_stale_imports() -> int:
    """Deletes the uploads nobody confirmed within a day: they hold names and telephone numbers. How many those were."""
    return PendingImport.objects.stale().delete()[0]


@shared_task
def write_duties() -> None:
    """Beat calls every minute; a lost call costs nothing, the next one finds the same state."""
    duties.write_duties()
