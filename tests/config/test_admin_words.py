"""The administrators read Chinese on Chinese pages: names of rooms, tables, columns and of what a form keeps hidden."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Field, Model
from django.utils import translation

from accounts.models import Role
from config.embedded import BASE_DIR
from issues.comments.forms import CommentForm
from issues.forms import EditForm
from platforms.forms import PlatformForm
from tests.factories import UserFactory
from visits.contact_forms import RequestForm

LATIN = re.compile("[A-Za-z]{2,}")


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


def shown_models() -> list[type[Model]]:
    ours = [(model, site.inlines) for model, site in admin.site._registry.items()]
    return [model for model, inlines in ours for model in (model, *(inline.model for inline in inlines))]


@pytest.mark.parametrize("model", shown_models(), ids=lambda model: model._meta.label)
def test_a_table_of_the_administration_and_its_columns_have_chinese_names(model: type[Model]) -> None:
    names = {"": model._meta.verbose_name, "several": model._meta.verbose_name_plural}
    names |= {field.name: field.verbose_name for field in model._meta.get_fields() if isinstance(field, Field)}
    allowed = {"id", "ptr"}
    assert {name: str(words) for name, words in names.items() if LATIN.search(str(words)) and name not in allowed} == {}


def test_rooms_have_chinese_names() -> None:
    ours = [each for each in apps.get_app_configs() if (BASE_DIR / each.name / "models.py").exists()]
    ours += [each for each in apps.get_app_configs() if (BASE_DIR / each.name / "models").is_dir()]
    assert {each.name: str(each.verbose_name) for each in ours if LATIN.search(str(each.verbose_name))} == {}
    assert len(ours) == 8


@pytest.mark.parametrize("form", [CommentForm, EditForm, PlatformForm, RequestForm])
def test_what_is_wrong_with_a_hidden_field_is_said_in_chinese(form: Any) -> None:
    labels = {name: str(field.label) for name, field in form.base_fields.items() if field.widget.is_hidden}
    assert labels
    assert not [label for label in labels.values() if label == "None" or LATIN.search(label)]


def test_the_front_page_of_the_administration_is_chinese(db: None, sign_in: Any) -> None:
    page = sign_in(UserFactory(role=Role.SYSTEM_ADMIN)).get("/admin/").content.decode()
    assert "问题办理" in page
    assert "到期日" in page
    for english in ("Issues", "Deadline", "Events", "Platforms", "Liaisons"):
        assert english not in re.sub("<[^>]*>", "", page)
