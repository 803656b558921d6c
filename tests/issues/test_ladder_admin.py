"""The administrator writes a new ladder: a copy to start from, faults in a sentence, and no edit once in force."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from issues.ladder_rules import faults_of
from issues.models import Rung, WarningLadder
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADD = reverse("admin:issues_warningladder_add")
TERMS = {"B": 10, "C": 15, "D": 30}


@pytest.fixture
def administrator(sign_in: Any) -> Client:
    client: Client = sign_in(UserFactory(role=Role.SYSTEM_ADMIN, is_staff=True, unit=None))
    return client


def as_posted(answer: Any, valid_from: str, **changes: Any) -> dict[str, Any]:
    """What the browser sends back when the page is saved as it came, but for `changes` (`5-amount=…`)."""
    formset = answer.context["inline_admin_formsets"][0].formset
    data = {
        "valid_from": valid_from,
        "note": "",
        **{f"rungs-{k}": v for k, v in formset.management_form.initial.items()},
    }
    for n, form in enumerate(formset.initial_forms + formset.extra_forms):
        for name in ("clock", "tier", "level", "step", "measure", "amount", "tells"):
            data[f"rungs-{n}-{name}"] = form[name].value()
        data[f"rungs-{n}-id"] = form.instance.pk or ""
        if form["is_urgent"].value():
            data[f"rungs-{n}-is_urgent"] = "on"
    return {name: value for name, value in (data | changes).items() if value is not None}


def test_a_new_ladder_starts_as_a_copy_of_the_newest_and_may_be_changed_until_it_is_in_force(administrator):
    page = administrator.get(ADD)
    answer = administrator.post(ADD, as_posted(page, "2026-11-01"))
    assert answer.status_code == 302
    old, new = WarningLadder.objects.order_by("valid_from")
    fields = ("clock", "tier", "level", "step", "measure", "amount", "tells", "is_urgent")
    assert list(new.rungs.values_list(*fields)) == list(old.rungs.values_list(*fields))
    assert new.rungs.count() == 48
    url = reverse("admin:issues_warningladder_change", args=[new.pk])
    place = list(new.rungs.values_list("level", flat=True)).index("nearing")
    data = as_posted(administrator.get(url), "2026-11-01", **{f"rungs-{place}-amount": 4})
    assert administrator.post(url, data).status_code == 302
    assert new.rungs.filter(level="nearing", amount=4).count() == 1


def test_a_ladder_that_makes_no_sense_is_refused_with_where_and_why(administrator):
    page = administrator.get(ADD)
    forms = page.context["inline_admin_formsets"][0].formset.extra_forms
    places = [(form["clock"].value(), form["level"].value()) for form in forms]
    data = as_posted(page, "2026-11-01", **{f"rungs-{places.index(('statutory', 'nearing'))}-amount": 9})
    answer = administrator.post(ADD, data)
    assert answer.status_code == 200
    said = answer.context["inline_admin_formsets"][0].formset.non_form_errors()
    assert len(said) == 1
    assert "“临期”要比“过半”更接近到期日。" in said[0]
    assert WarningLadder.objects.count() == 1


def test_the_ladder_in_force_is_only_looked_at(administrator):
    ladder = WarningLadder.objects.get()
    url = reverse("admin:issues_warningladder_change", args=[ladder.pk])
    assert administrator.get(url).status_code == 200
    assert administrator.post(url, {"valid_from": "2026-12-01"}).status_code == 403
    assert administrator.post(reverse("admin:issues_warningladder_delete", args=[ladder.pk])).status_code == 403
    assert ladder.rungs.count() == 48


def copy_with(**changes: Any) -> list[str]:
    """The faults of the first ladder after changes to the rungs of the statutory clock of tier B."""
    rungs = list(WarningLadder.objects.get().rungs.all())
    for rung in rungs:
        if (rung.clock, rung.tier) == ("statutory", "B"):
            for name, value in changes.get(f"{rung.level}{rung.step}", {}).items():
                setattr(rung, name, value)
    return list(faults_of([rung for rung in rungs if rung.level], TERMS))


def test_the_first_ladder_has_no_fault():
    assert copy_with() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"overdue1": {"level": ""}, "overdue2": {"step": 1}, "overdue3": {"step": 2}, "overdue4": {"step": 3}},
         "缺少“逾期0个工作日”这一级，到期次日的逾期由它记下。"),
        ({"due_today1": {"amount": 1}}, "“今日到期”只能是剩余0个工作日。"),
        ({"overdue4": {"step": 7}}, "“逾期”的级次要从1起依次编号，不重复。"),
        ({"overdue3": {"amount": 1}}, "逾期各级的工作日数要逐级增加。"),
        ({"nearing1": {"amount": 5}}, "“临期”要比“过半”更接近到期日。"),
        ({"half1": {"amount": 30}}, "“临期”要比“过半”更接近到期日。"),
    ],
)  # fmt: skip
def test_each_fault_names_clock_tier_and_what_is_wrong(changes, fault):
    assert copy_with(**changes) == [f"处置时限·B 本单位办理：{fault}"]


def test_a_plan_has_shares_and_days_compared_each_by_themselves():
    rungs = list(WarningLadder.objects.get().rungs.all())
    rungs.append(Rung(clock="plan", tier="C", level="half", step=1, measure="share_left", amount=1, tells=["handler"]))
    assert list(faults_of(rungs, TERMS)) == []
    rungs.append(Rung(clock="plan", tier="C", level="half", step=2, measure="share_left", amount=1, tells=["handler"]))
    assert list(faults_of(rungs, TERMS)) == ["方案承诺日·C 跨部门协调：“过半”要比“过半”更接近到期日。"]
