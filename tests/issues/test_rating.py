"""R44: what the platform thinks of service and result; officers see sums of five or more, never a single one."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Role
from config import clock
from issues.models import Rating
from issues.ratings import RatingSum, summed
from issues.services import confirm, rate, reopen, resolve
from issues.workflow import MoveRefused, NotYourMove
from platforms.links import make_link
from tests.factories import OfficerFactory, PlatformContactFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(officer):
    contact = PlatformContactFactory(platform=PlatformFactory(officer=officer))
    make_link(contact, actor=officer.user)
    contact.refresh_from_db()
    return officer, contact


def confirmed(world):
    officer, contact = world
    issue = make_issue(officer, platform=contact.platform)
    resolve(issue, result="solved", reply="消防验收已通过。", actor=officer.user)
    return confirm(issue, actor=contact.user)


def rated(world, service=5, result=5):
    return rate(confirmed(world), service=service, result=result, actor=world[1].user)


def test_a_rating_belongs_to_a_round_and_a_redo_is_rated_anew(world):
    officer, contact = world
    issue = confirmed(world)
    rate(issue, service=2, result=1, actor=contact.user)
    reopen(issue, reason="还是不行", actor=contact.user)
    resolve(issue, result="solved", reply="这回好了。", actor=officer.user)
    confirm(issue, actor=contact.user)
    rate(issue, service=5, result=4, actor=contact.user)
    assert list(issue.ratings.values_list("round", "service", "result")) == [(1, 2, 1), (2, 5, 4)]


def test_r45_a_dissatisfied_platform_may_add_one_rating_and_the_first_stays(world):
    contact = world[1].user
    issue = confirmed(world)
    rate(issue, service=2, result=5, actor=contact)
    with pytest.raises(MoveRefused, match="已经评价过"):
        rate(issue, service=2, result=5, actor=contact)  # a second click on the first
    rate(issue, service=4, result=5, is_added=True, actor=contact)
    assert list(issue.ratings.values_list("is_added", "service", "result")) == [(False, 2, 5), (True, 4, 5)]
    with pytest.raises(MoveRefused, match="已经评价过"):
        rate(issue, service=5, result=5, is_added=True, actor=contact)
    row = {"rated_by": contact, "rated_at": clock.now(), "round": 1, "service": 5, "result": 5}
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(issue=issue, is_added=True, **row)


def test_what_is_added_counts_in_no_sum(world):
    for _ in range(5):
        issue = confirmed(world)
        for service in (1, 5):
            rate(issue, service=service, result=5, is_added=service == 5, actor=world[1].user)
    assert summed(Rating.objects.all()) == RatingSum(count=5, service=0, result=5, both=0)


def test_only_the_platforms_contact_rates(world):
    issue = confirmed(world)
    stranger = PlatformContactFactory(platform=PlatformFactory(officer=OfficerFactory()), is_primary=True)
    make_link(stranger, actor=world[0].user)
    stranger.refresh_from_db()
    for person in (world[0].user, UserFactory(role=Role.COMMISSION_OFFICE), stranger.user):
        with pytest.raises(NotYourMove):
            rate(issue, service=5, result=5, actor=person)
    assert not Rating.objects.exists()


def test_a_rating_leaves_no_trace_that_others_could_read(world):
    issue = confirmed(world)
    events, version = issue.events.count(), issue.version
    rate(issue, service=1, result=1, actor=world[1].user)
    issue.refresh_from_db()
    assert (issue.events.count(), issue.version) == (events, version)


@pytest.mark.parametrize(("service", "result"), [(0, 5), (5, 6), (-1, 3)])
def test_anything_but_the_five_levels_is_refused_by_the_service_and_by_the_table(world, service, result):
    issue = confirmed(world)
    with pytest.raises(ValidationError, match="五档"):
        rate(issue, service=service, result=result, actor=world[1].user)
    row = {"rated_by": world[1].user, "rated_at": clock.now(), "round": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(issue=issue, service=service, result=result, **row)


def test_before_the_word_there_is_nothing_to_rate_and_twice_is_once_too_often(world):
    officer, contact = world
    issue = make_issue(officer, platform=contact.platform)
    with pytest.raises(MoveRefused, match="确认以后再评价"):
        rate(issue, service=5, result=5, actor=contact.user)
    done = confirmed(world)
    rate(done, service=5, result=5, actor=contact.user)
    with pytest.raises(MoveRefused, match="已经评价过"):
        rate(done, service=1, result=1, actor=contact.user)


def test_single_ratings_are_for_the_commission_office_and_who_gave_them(world, bureau_staff, leader, commission):
    rated(world)
    seen = {user.role: Rating.objects.visible_to(user).count() for user in (world[0].user, bureau_staff, leader)}
    assert set(seen.values()) == {0}
    assert Rating.objects.visible_to(commission).count() == 1
    assert Rating.objects.visible_to(world[1].user).count() == 1
    head = UserFactory(role=Role.UNIT_HEAD, unit=world[0].home_unit)
    assert Rating.objects.visible_to(head).count() == 0


def test_sums_begin_with_five_and_grow_by_five_so_that_no_difference_is_one_rating(world):
    sums = []
    for service, result in [(5, 5), (4, 2), (3, 3), (2, 5), (5, 1), (1, 1), (1, 1), (1, 1), (1, 1), (5, 5)]:
        rated(world, service, result)
        sums.append(summed(Rating.objects.all()))
    first = RatingSum(count=5, service=4, result=3, both=2)
    assert sums == [None] * 4 + [first] * 5 + [RatingSum(count=10, service=5, result=4, both=3)]


def test_a_rating_is_dated_by_the_one_clock(world):
    with clock.frozen("2026-10-16T09:00"):
        assert clock.on_date(rated(world).rated_at) == date(2026, 10, 16)


def test_the_officers_page_shows_sums_from_five_on_and_never_one_rating(world, sign_in):
    officer = world[0]
    url = officer.get_absolute_url()
    for _ in range(4):
        rated(world, 1, 1)
    before = sign_in(officer.user).get(url).content.decode()
    assert "评价不足五份" in before
    assert "（0/" not in before
    rated(world, 5, 5)
    assert "20.0%（1/5）" in sign_in(officer.user).get(url).content.decode()
