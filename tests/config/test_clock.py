import threading
from datetime import UTC, date, datetime

import pytest

from config import clock


def test_the_date_is_shanghais_also_while_greenwich_is_a_day_behind():
    with clock.frozen(datetime(2026, 10, 15, 16, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 10, 16)
    with clock.frozen("2026-10-15T23:59:59"):
        assert clock.today() == date(2026, 10, 15)


def test_an_instant_without_offset_is_shanghai_time_and_one_with_offset_keeps_it():
    assert clock.parse("2026-10-15") == datetime(2026, 10, 14, 16, tzinfo=UTC)
    assert clock.parse("2026-10-15T00:00+00:00") == datetime(2026, 10, 15, tzinfo=UTC)
    with pytest.raises(ValueError, match="tomorrow"):
        clock.parse("tomorrow")


def test_a_frozen_clock_stands_for_this_context_only_unless_told_everywhere():
    seen = []
    instant = datetime(2026, 1, 5, tzinfo=UTC)
    with clock.frozen(instant):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
        assert clock.now() == instant
    with clock.frozen(instant, everywhere=True):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen[0] != instant
    assert seen[1] == instant
