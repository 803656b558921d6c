"""R30, R31, T4, T5: an issue is given to a unit, which signs for it within a working day."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from config.clock import frozen
from issues.clocks import faces
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import Alarm, Clock, State
from issues.services import (
    MoveRefused,
    NotYourMove,
    ask_for_tier,
    decide,
    give_back,
    refer,
    resolve,
    sign_for,
    withdraw,
)
from tests.factories import UnitFactory, UserFactory, make_issue
from tests.issues.acts import fresh, head_of, office, plan, refer_on, versions

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    """Tier C, raised on Thursday 2026-10-15, due on Thursday 2026-11-05."""
    return make_issue(officer, tier="C")


def signing(issue):
    """What the page says of the clock of signing."""
    return faces(Dossier(fresh(issue), Yardstick()))[2]


def test_the_unit_leads_and_has_a_working_day_to_sign(issue):
    with frozen("2026-10-16T17:00"):
        referral = refer_on(issue)
    found = fresh(issue)
    assert (found.lead_unit, found.handler, referral.unit) == (referral.unit, issue.handler, referral.unit)
    assert versions(issue, "sign") == [(1, "referred", None, date(2026, 10, 19))]
    assert (found.due_on, found.clock_due_on) == (date(2026, 11, 5), date(2026, 11, 5))
    assert Alarm.objects.get(issue=issue, clock=Clock.SIGN).deadline == issue.deadlines.get(clock=Clock.SIGN)


def test_who_signs_has_it_in_hand_and_the_clock_of_signing_is_silent(issue):
    referral = refer_on(issue)
    head = head_of(referral.unit)
    signed = sign_for(issue, actor=head)
    assert (signed.signed_by, fresh(issue).handler) == (head, head)
    assert not Alarm.objects.filter(issue=issue, clock=Clock.SIGN).exists()
    assert Alarm.objects.filter(issue=issue, clock=Clock.STATUTORY).exists()
    assert [event.kind for event in issue.events.all()] == ["signed", "referred", "registered"]


def test_the_head_of_a_unit_above_may_sign_another_may_not(issue):
    above = UnitFactory(code="M-ABOVE")
    unit = UnitFactory(code="M-BELOW", parent=above, takes_tiers=["C"])
    refer(issue, unit=unit, actor=office())
    for stranger in (
        UserFactory(role=Role.UNIT_HEAD),
        issue.handler,
        office(),
        UserFactory(role=Role.OFFICER, unit=unit),
        UserFactory(role=Role.BUREAU_STAFF, unit=unit),
    ):
        with pytest.raises(NotYourMove, match="这一步由主办单位办理"):
            sign_for(issue, actor=stranger)
    assert sign_for(issue, actor=head_of(above)).signed_at is not None


def test_a_second_referral_waits_for_the_signature_and_is_a_new_version(issue):
    referral = refer_on(issue)
    other = UnitFactory(code="M-OTHER", takes_tiers=["C"])
    with pytest.raises(MoveRefused, match="现在是“待签收”，不能交办"):
        refer(issue, unit=other, actor=office())
    sign_for(issue, actor=head_of(referral.unit))
    with frozen("2026-10-20T10:00"):
        refer(issue, unit=other, actor=office())
    assert versions(issue, "sign")[1] == (2, "referred", date(2026, 10, 16), date(2026, 10, 21))


def test_c_and_d_are_referred_by_the_commission_office_b_by_the_officer_or_the_home_units_head(issue, officer):
    unit = UnitFactory(code="M-X", takes_tiers=["B", "C"])
    with pytest.raises(NotYourMove, match="这一步由市委科技办办理"):
        refer(issue, unit=unit, actor=officer.user)
    own = make_issue(officer, tier="B")
    with pytest.raises(NotYourMove, match="这一步由联点干部、联点单位负责人办理"):
        refer(own, unit=unit, actor=office())
    assert refer(own, unit=unit, actor=officer.user).referred_by == officer.user
    head = head_of(officer.home_unit)
    assert refer(make_issue(officer, tier="B"), unit=unit, actor=head).referred_by == head


def test_the_unit_that_leads_already_is_no_new_one(officer):
    own = make_issue(officer)
    with pytest.raises(ValidationError) as refusal:
        refer(own, unit=own.lead_unit, actor=officer.user)
    assert list(refusal.value.message_dict) == ["unit"]


def test_the_home_unit_may_be_given_a_c_issue_of_its_own_officer_if_it_takes_the_tier(issue):
    issue.home_unit.takes_tiers = ["C"]
    issue.home_unit.save()
    assert refer(issue, unit=issue.home_unit, actor=office()).unit == issue.home_unit


def test_what_is_resolved_or_planned_is_neither_referred_nor_signed_for(issue, officer):
    referral = refer_on(issue)
    head = head_of(referral.unit)
    resolve(issue, result="solved", reply="x", actor=head)
    with pytest.raises(MoveRefused, match="现在是“已办结待确认”，不能签收"):
        sign_for(issue, actor=head)
    planned = make_issue(officer)
    plan(planned, date(2026, 11, 20))
    with pytest.raises(MoveRefused, match="现在是“已定方案”，不能交办"):
        refer(planned, unit=referral.unit, actor=officer.user)


@pytest.mark.parametrize(
    ("at", "word", "css"),
    [
        ("2026-10-15T18:00", "待签收", "soon"),
        ("2026-10-16T23:59", "今日应签收", "today"),
        ("2026-10-17T00:00", "逾期未签收", "late"),
    ],
)
def test_the_page_says_how_the_signing_stands(issue, at, word, css):
    refer_on(issue)
    with frozen(at):
        face = signing(issue)
    assert (face.standing.word, face.standing.css, face.due_on) == (word, css, date(2026, 10, 16))


def test_once_signed_the_card_is_gone_and_its_history_stays_in_the_versions(issue):
    referral = refer_on(issue)
    sign_for(issue, actor=head_of(referral.unit))
    assert [face.title for face in faces(Dossier(fresh(issue), Yardstick()))] == ["处置时限", "方案承诺日"]
    assert versions(issue, "sign") == [(1, "referred", None, date(2026, 10, 16))]


def test_a_unit_that_does_not_take_the_tier_is_not_given_it(issue):
    with pytest.raises(ValidationError) as refusal:
        refer(issue, unit=UnitFactory(code="M-B", name="某单位", takes_tiers=["B"]), actor=office())
    assert refusal.value.message_dict == {"unit": ["某单位不承接C类问题。"]}
    assert not issue.referrals.exists()


def test_who_may_sign_and_settles_it_at_once_has_signed_by_that(issue):
    referral = refer_on(issue)
    head = head_of(referral.unit)
    resolve(fresh(issue), result="solved", reply="已办好。", actor=head)
    referral.refresh_from_db()
    assert (referral.signed_by, referral.signed_at) == (head, fresh(issue).resolved_at)
    assert fresh(issue).handler == head


def test_who_may_not_sign_does_not_settle_it_either(issue, officer):
    refer_on(issue)
    for actor in (officer.user, office()):
        with pytest.raises(NotYourMove):
            resolve(fresh(issue), result="solved", reply="已办好。", actor=actor)
    assert fresh(issue).state == State.ASSIGNED


@pytest.mark.parametrize("end", ["withdraw", "retier", "return"])
def test_what_holds_no_more_stays_unsigned_and_is_not_called_late_for_ever(issue, officer, end):
    referral = refer_on(issue)
    if end == "withdraw":
        withdraw(issue, reason="平台不再需要。", actor=officer.user)
    elif end == "retier":
        request = ask_for_tier(issue, tier="D", reason="要市里调度。", actor=officer.user)
        decide(request, approve=True, actor=office())
    else:
        give_back(issue, reason="不属于本单位职责。", actor=head_of(referral.unit))
    referral.refresh_from_db()
    assert referral.signed_at is None
    with frozen("2026-11-20T09:00"):
        assert [face.title for face in faces(Dossier(fresh(issue), Yardstick()))] == ["处置时限", "方案承诺日"]
