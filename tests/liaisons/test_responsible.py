"""R3: who was responsible on a day has one answer, for every day."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from config.clock import frozen, today
from issues.handovers.services import take_effect
from liaisons.absences import arrange, end
from liaisons.handovers import accept, ask, withdraw
from liaisons.models import Absence, Assignment, Handover, Officer
from liaisons.services import assign, end_assignment, responsible_on
from platforms.models import Platform
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory

pytestmark = pytest.mark.django_db

START = date(2026, 10, 15)


@pytest.fixture
def story(officer: Officer) -> Any:
    """Officer from 2025-06-11, a successor from 2026-03-01, on leave from 10-19 to 10-23 with a deputy."""
    platform = PlatformFactory(officer=officer)
    successor, deputy = OfficerFactory(), OfficerFactory()
    assign(officer=successor, platform=platform, started_on=date(2026, 3, 1), actor=None)
    arrange(
        officer=successor,
        deputy=deputy,
        starts_on=date(2026, 10, 19),
        ends_on=date(2026, 10, 23),
        reason="休假",
        actor=successor.user,
    )
    return platform, successor, deputy


DAYS = [
    ("2025-06-10", None, None),
    ("2025-06-11", "first", None),
    ("2026-02-28", "first", None),
    ("2026-03-01", "second", None),
    ("2026-10-18", "second", None),
    ("2026-10-19", "second", "deputy"),
    ("2026-10-23", "second", "deputy"),
    ("2026-10-24", "second", None),
]


@pytest.mark.parametrize(("day", "who", "stands_in"), DAYS)
def test_every_day_has_its_officer_and_its_deputy(
    day: str, who: str | None, stands_in: str | None, officer: Officer, story: Any
) -> None:
    platform, successor, deputy = story
    people = {"first": officer, "second": successor, "deputy": deputy, None: None}
    assert responsible_on(platform, date.fromisoformat(day)) == (people[who], people[stands_in])


def test_the_page_answers_in_a_sentence_and_shows_who_when(
    officer: Officer, story: Any, bureau_staff: User, sign_in: Any
) -> None:
    platform, successor, deputy = story
    url = f"/platforms/{platform.pk}/responsible/"
    client = sign_in(bureau_staff)
    page = client.get(f"{url}?on=2026-02-28").content.decode()
    assert f"2026年2月28日由{officer.user.name}（{officer.home_unit.label}）负责。" in page
    page = client.get(f"{url}?on=2026-10-20").content.decode()
    assert f"2026年10月20日由{successor.user.name}负责，当天请假，由{deputy.user.name}代理。" in page
    now = today()
    assert f"{now.year}年{now.month}月{now.day}日由" in client.get(url).content.decode()
    assert "2020年1月1日这家平台没有联点干部。" in client.get(f"{url}?on=2020-01-01").content.decode()
    spans = client.get(url).context["spans"]
    assert [(span.officer, span.deputy, span.started_on, span.ended_on) for span in spans] == [
        (successor.user.name, "", date(2026, 3, 1), None),
        (successor.user.name, deputy.user.name, date(2026, 10, 19), date(2026, 10, 23)),
        (officer.user.name, "", date(2025, 6, 11), date(2026, 2, 28)),
    ]
    assert url in client.get(platform.get_absolute_url()).content.decode()


@pytest.mark.parametrize("on", ["", "2026-02-30", "昨天", "9" * 30, "\x00"])
def test_what_is_no_day_is_refused_in_words(on: str, story: Any, bureau_staff: User, sign_in: Any) -> None:
    answer = sign_in(bureau_staff).get(f"/platforms/{story[0].pk}/responsible/", {"on": on})
    assert answer.status_code == 422
    assert answer.context["form"].errors["on"]


def test_outsiders_do_not_find_it(story: Any, sign_in: Any) -> None:
    assert sign_in(OfficerFactory().user).get(f"/platforms/{story[0].pk}/responsible/").status_code == 404
    assert sign_in(story[1].user).get(f"/platforms/{story[0].pk}/responsible/").status_code == 200


# --- whatever people do, in whatever order ----------------------------------------------------------------------------


class Town:
    """Three platforms and four officers who hand over, assign, end, go on leave and come back at random."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.officers = [OfficerFactory() for _ in range(4)]
        self.platforms = [AssignmentFactory(officer=self.dice.choice(self.officers)).platform for _ in range(3)]
        self.done = 0

    def live_a_day(self) -> None:
        take_effect()
        for act in self.dice.sample([self.ask, self.answer, self.assign, self.end, self.leave, self.come_back], 3):
            try:
                act()
                self.done += 1
            except (ValidationError, LookupError):
                continue

    def current(self) -> Assignment:
        return self.dice.choice(list(Assignment.objects.current().filter(platform__in=self.platforms)))

    def ask(self) -> None:
        present = self.current()
        day = today() + timedelta(days=self.dice.randrange(6))
        receiver = self.dice.choice(self.officers)
        ask(present.platform, receiver=receiver, planned_on=day, reason="调整", actor=present.officer.user)

    def answer(self) -> None:
        handover = self.dice.choice(list(Handover.objects.open()))
        if self.dice.random() < 0.8:
            accept(handover, actor=handover.receiver.user)
        else:
            withdraw(handover, actor=handover.giver.user)

    def assign(self) -> None:
        day = today() - timedelta(days=self.dice.randrange(4))
        platform, officer = self.dice.choice(self.platforms), self.dice.choice(self.officers)
        assign(officer=officer, platform=platform, started_on=day, actor=None)

    def end(self) -> None:
        end_assignment(assignment=self.current(), ended_on=today() - timedelta(days=self.dice.randrange(2)), actor=None)

    def leave(self) -> None:
        officer, deputy = self.dice.sample(self.officers, 2)
        first = today() + timedelta(days=self.dice.randrange(3))
        last = first + timedelta(days=self.dice.randrange(5))
        arrange(officer=officer, deputy=deputy, starts_on=first, ends_on=last, reason="休假", actor=officer.user)

    def come_back(self) -> None:
        absence = self.dice.choice(list(Absence.objects.not_over()))
        end(absence, actor=absence.officer.user)


@pytest.mark.parametrize("seed", range(12))
def test_r3_on_every_day_a_platform_has_at_most_one_officer_and_that_one_at_most_one_deputy(seed: int) -> None:
    town, days = Town(seed), [START + timedelta(days=number) for number in range(25)]
    answers: dict[tuple[int, date], Any] = {}
    for day in days:
        with frozen(f"{day}T10:00"):
            town.live_a_day()
            for platform in town.platforms:
                answers[platform.pk, day] = responsible_on(platform, day)
    assert town.done > 15
    span = [days[0] - timedelta(days=10) + timedelta(days=number) for number in range(50)]
    for platform in Platform.objects.all():
        for day in span:
            assert Assignment.objects.filter(platform=platform).on(day).count() <= 1
    for officer in town.officers:
        for day in span:
            away = Absence.objects.on(day).filter(officer=officer)
            assert away.count() <= 1
            # Nobody stands in for another and is away meanwhile.
            assert not (away and Absence.objects.on(day).filter(deputy=officer).exists())
