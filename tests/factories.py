"""Rows for tests. Everything with a consequence is made by the services, so that a test meets real rows."""

import uuid
from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Role, Unit, UnitKind, User
from config.clock import now, today
from issues.models import Issue, IssueCategory
from issues.services import NewIssue, register_issues
from liaisons.models import Assignment, Officer
from platforms.models import District, Level, Platform, PlatformContact, PlatformType
from visits.models import Visit
from visits.services import Need, NewVisit, log_visit


class UnitFactory(DjangoModelFactory[Unit]):
    class Meta:
        model = Unit
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"U-{n}")
    name = factory.LazyAttribute(lambda o: f"单位{o.code}")
    kind = UnitKind.MUNICIPAL_BUREAU


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"用户{n}")
    role = Role.OFFICER
    unit = factory.SubFactory(UnitFactory)
    password = factory.django.Password("pass-word-1")


class OfficerFactory(DjangoModelFactory[Officer]):
    class Meta:
        model = Officer

    user = factory.SubFactory(UserFactory)
    staff_no = factory.Sequence(lambda n: f"L{n:05d}")
    home_unit = factory.SelfAttribute("user.unit")


class PlatformTypeFactory(DjangoModelFactory[PlatformType]):
    class Meta:
        model = PlatformType
        django_get_or_create = ("code",)

    code = "HKL"
    name = "湖南省重点实验室"
    level = Level.PROVINCIAL


class DistrictFactory(DjangoModelFactory[District]):
    class Meta:
        model = District
        django_get_or_create = ("code",)

    code = "430104"
    name = "岳麓区"
    kind = "district"


class PlatformFactory(DjangoModelFactory[Platform]):
    """`officer=` gives the platform its current officer."""

    class Meta:
        model = Platform
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"P{n:05d}")
    name = factory.Sequence(lambda n: f"示例·平台{n}")
    level = Level.PROVINCIAL
    type = factory.SubFactory(PlatformTypeFactory)
    competent_unit = factory.SubFactory(UnitFactory, code="U-competent")
    host_institution = "示例大学"
    district = factory.SubFactory(DistrictFactory)

    @factory.post_generation
    def officer(self: Platform, create: bool, extracted: Officer | None, **kwargs: Any) -> None:
        if extracted is not None:
            AssignmentFactory(platform=self, officer=extracted)


def disable(user: User) -> None:
    """The account leaves, its platforms without anybody: the database would refuse it otherwise."""
    Assignment.objects.filter(officer__user=user, ended_on=None).update(ended_on=today())
    User.objects.filter(pk=user.pk).update(is_active=False)


class PlatformContactFactory(DjangoModelFactory[PlatformContact]):
    class Meta:
        model = PlatformContact

    platform = factory.SubFactory(PlatformFactory)
    name = "王小明"
    phone = "13812345678"
    is_primary = True


class AssignmentFactory(DjangoModelFactory[Assignment]):
    class Meta:
        model = Assignment

    officer = factory.SubFactory(OfficerFactory)
    platform = factory.SubFactory(PlatformFactory)
    started_on = date(2025, 6, 11)
    created_at = factory.LazyFunction(now)


class CategoryFactory(DjangoModelFactory[IssueCategory]):
    class Meta:
        model = IssueCategory
        django_get_or_create = ("code",)

    code = "COND-ROOM"
    name = "实验场地与用房"


def make_issue(officer: Officer | None = None, *, platform: Platform | None = None, **fields: Any) -> Issue:
    """A registered issue, tier B and raised today unless `fields` say otherwise (NewIssue's, and raised_on, actor)."""
    officer = officer or OfficerFactory()
    platform = platform or PlatformFactory(officer=officer)
    raised_on, actor = fields.pop("raised_on", today()), fields.pop("actor", officer.user)
    fields = {"tier": "B", "text": "实验楼消防验收迟迟没有通过", **fields}
    if fields["tier"] == "A":
        fields.setdefault("answer", "按规定可以，已留下办事指南。")
    new = NewIssue(category=fields.pop("category", None) or CategoryFactory(), **fields)
    return register_issues([new], platform=platform, officer=officer, raised_on=raised_on, actor=actor)[0]


def make_visit(officer: Officer | None = None, *, platform: Platform | None = None, **fields: Any) -> Visit:
    """A logged visit of today, without issues unless given (NewVisit's fields)."""
    officer = officer or OfficerFactory()
    platform = platform or PlatformFactory(officer=officer)
    defaults: dict[str, Any] = {
        "client_id": uuid.uuid4(),
        "visited_on": today(),
        "mode": "on_site",
        "text": "看了新装修的振动试验间。",
        "needs": {"conditions": Need(difficulty="设备进不了场")},
    }
    return log_visit(NewVisit(platform=platform, **{**defaults, **fields}), actor=officer.user).visit
