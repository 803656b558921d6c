"""The sheets of officers and of assignments (联点安排表), for import."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.instance_loaders import BaseInstanceLoader

from accounts.columns import (
    Cell,
    Code,
    Day,
    Directory,
    Phone,
    Reference,
    column,
    key_of,
    text_in,
    text_like,
)
from accounts.models import User
from accounts.resources import Line, SheetResource, unit_directory
from liaisons.models import Assignment, Officer
from liaisons.services import DateRefused, save_officer, write_assignment
from platforms.resources import platform_directory

WIDE = re.compile(r"联点平台\d{0,2}")
SPAN = re.compile(r"\s*(?:至|到|—+|－|~|～)\s*")
UNTIL_NOW = ("今", "现在", "")


def officer_directory() -> Directory[Officer]:
    officers = Officer.objects.select_related("user", "home_unit")
    return Directory(officers, lambda officer: (officer.user.name,), code="staff_no")


class OfficerResource(SheetResource):
    """联点干部. A new officer gets an account of the same name as the staff number."""

    title = gettext_lazy("联点干部")
    key = "工号"
    required = ("工号", "姓名", "单位")
    aliases = {
        "联点干部": "姓名",
        "联点单位": "单位",
        "处室": "处室/职务",
        "职务": "处室/职务",
        "处室职务": "处室/职务",
        "手机": "电话",
    }

    staff_no = column("工号", "staff_no", text_like(Officer, "staff_no", Code, required=True))
    name = column("姓名", "user__name", text_like(User, "name", required=True))
    home_unit = column("单位", "home_unit", Reference(unit_directory, required=True))
    position = column("处室/职务", "position", text_like(Officer, "position"))
    phone = column("电话", "user__phone", Phone())

    class Meta(SheetResource.Meta):
        model = Officer
        import_id_fields = ("staff_no",)
        fields = ("staff_no", "name", "home_unit", "position", "phone")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("user", "home_unit")

    @classmethod
    def missing(cls, headers: Iterable[str]) -> list[str]:
        """A sheet with a platform a row names its officers again and again: it is one of assignments only."""
        return list(cls.required) if {"平台", "平台编号"} & set(headers) else super().missing(headers)

    def after_init_instance(self, instance: Officer, new: bool, row: Mapping[str, Cell], **kwargs: Any) -> None:
        if new:
            instance.user = User()

    def label(self, instance: Officer) -> str:
        return f"{instance.staff_no} {instance.user.name}"

    def do_instance_save(self, instance: Officer, is_create: bool) -> None:
        save_officer(instance)


class OfficerReference(Reference[Officer]):
    """An officer by staff number or name; where a row has both, they must agree."""

    def clean(self, value: Cell | None, row: Any = None, **kwargs: Any) -> Any:
        number, name = text_in(row.get("工号")), text_in(value)
        if not (number and name):
            return super().clean(number or name, row, **kwargs)
        officer = self.read(number)
        if key_of(officer.user.name) != key_of(name) or officer.staff_no != number:
            raise ValueError(_("工号%(number)s不是%(name)s。") % {"number": number, "name": name})
        return officer


class Stints(BaseInstanceLoader):  # type: ignore[misc] # import-export is untyped
    """Finds the assignment that a row means among all that an officer has or had with a platform."""

    def get_instance(self, row: Mapping[str, Cell]) -> Assignment | None:
        columns = {each.column_name: each for each in self.resource.fields.values()}
        try:
            officer, platform, start, end = (
                columns[name].clean(row) for name in ("联点干部", "平台", "开始日期", "结束日期")
            )
        except ValueError:
            return None  # said when the row is imported
        if officer is None or platform is None:
            return None
        stints = self.resource.stints[platform.pk, officer.pk]
        if end is None:
            return next((stint for stint in stints if stint.ended_on is None), None)
        meant = (s for s in stints if s.started_on == start or (start is None and s.ended_on in (None, end)))
        return next(meant, None)


class AssignmentResource(SheetResource):
    """联点安排: a platform a row (平台), or an officer a row with 联点平台1, 联点平台2 … and 起止日期.

    Rows with an end come first, so that a platform is free for the officer who takes it over in the same file.
    `written` has the officers whose portfolio this file changes, each with a line that did.
    """

    title = gettext_lazy("联点安排")
    key = "平台"
    required = ("联点干部", "平台")
    aliases = {"平台编号": "平台", "姓名": "联点干部"}

    officer = column("联点干部", "officer", OfficerReference(officer_directory, required=True))
    platform = column("平台", "platform", Reference(platform_directory, required=True))
    started_on = column("开始日期", "started_on", Day())
    ended_on = column("结束日期", "ended_on", Day())
    exception_reason = column("例外理由", "exception_reason", text_like(Assignment, "exception_reason"))

    class Meta(SheetResource.Meta):
        model = Assignment
        instance_loader_class = Stints
        import_id_fields = ()
        fields = ("officer", "platform", "started_on", "ended_on", "exception_reason")

    def __init__(self, actor: User | None = None) -> None:
        super().__init__(actor)
        self.written: dict[int, Line] = {}
        self.stints: dict[tuple[int, int], list[Assignment]] = defaultdict(list)
        self.present: dict[int, Assignment] = {}
        self.lines: dict[int, Line] = {}
        for stint in self.get_queryset():
            self._remember(stint)

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("officer__user", "platform")

    @classmethod
    def missing(cls, headers: Iterable[str]) -> list[str]:
        names = set(headers)
        officer = [] if names & {"工号", "联点干部"} else ["联点干部"]
        return officer + ([] if "平台" in names or any(map(WIDE.fullmatch, names)) else ["平台"])

    @classmethod
    def knows(cls, header: str) -> bool:
        return header in ("工号", "起止日期") or bool(WIDE.fullmatch(header)) or super().knows(header)

    @classmethod
    def arrange(cls, lines: list[Line]) -> list[Line]:
        spread = [single for line in lines for single in _singles(line)]
        return sorted(spread, key=lambda line: not line.text("结束日期"))

    def identity(self, row: Mapping[str, Cell]) -> str:
        return ""  # two names can mean one platform: compared once they are understood, in import_instance

    def import_instance(self, instance: Assignment, row: Mapping[str, Cell], **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        line: Line = kwargs["lines"][kwargs["row_number"] - 1]
        stint = (instance.platform_id, instance.officer_id, instance.started_on if instance.ended_on else None)
        if (first := self.first_seen.setdefault(str(stint), line)) is not line:
            raise ValidationError({"platform": _("与第%(row)d行重复。") % {"row": first.number}})
        if instance.ended_on is None and (first := self.lines.setdefault(instance.platform_id, line)) is not line:
            message = _("一家平台只能有一名联点干部，第%(row)d行已安排别人。") % {"row": first.number}
            raise ValidationError({"platform": message})

    def import_field(
        self, field: Any, instance: Any, row: Mapping[str, Cell], is_m2m: bool = False, **kwargs: Any
    ) -> None:
        if field.attribute == "started_on" and instance.started_on is not None and not row.get(field.column_name):
            return  # no word on the start leaves it as it is
        super().import_field(field, instance, row, is_m2m, **kwargs)

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        errors = dict(import_validation_errors or {})
        if "started_on" not in errors and instance.started_on is None:
            errors["started_on"] = [_("新的联点安排要有开始日期。")]
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Any, is_create: bool, row: Mapping[str, Cell], **kwargs: Any) -> None:
        super().save_instance(instance, is_create, row, **kwargs)
        line = kwargs["lines"][kwargs["row_number"] - 1]
        relieved = self.present.get(instance.platform_id)
        for changed in (instance, relieved):
            if changed is not None:
                self.written.setdefault(changed.officer_id, line)
        if relieved is not None and relieved.pk != instance.pk:
            relieved.refresh_from_db(fields=["ended_on"])
        self._remember(instance)

    def do_instance_save(self, instance: Assignment, is_create: bool) -> None:
        try:
            write_assignment(instance, self.actor)
        except DateRefused as refusal:
            raise ValidationError({"ended_on" if instance.ended_on else "started_on": refusal}) from refusal

    def label(self, instance: Assignment) -> str:
        return f"{instance.officer.user.name} — {instance.platform.name}"

    def _remember(self, stint: Assignment) -> None:
        held = self.stints[stint.platform_id, stint.officer_id]
        if stint not in held:
            held.append(stint)
        if stint.ended_on is None:
            self.present[stint.platform_id] = stint
        elif self.present.get(stint.platform_id) == stint:
            del self.present[stint.platform_id]


def _singles(line: Line) -> list[Line]:
    """One line a platform: what an officer's row says about 联点平台1 to 4, taken apart."""
    cells, headers = dict(line.cells), dict(line.headers)
    if "起止日期" in cells:
        # What cannot be read is left for the date column to refuse.
        span = line.text("起止日期")
        start, _to, end = SPAN.sub("\n", span, count=1).partition("\n") if span else (cells["起止日期"], "", "")
        cells["开始日期"] = start.removesuffix("起") if isinstance(start, str) else start
        cells["结束日期"] = "" if end in UNTIL_NOW else end
        headers["开始日期"] = headers["结束日期"] = line.header("起止日期")
    cells.setdefault("开始日期", "")
    cells.setdefault("结束日期", "")
    if "联点干部" not in cells:
        cells["联点干部"], headers["联点干部"] = "", line.header("工号")
    if "平台" in cells:
        return [Line(line.number, cells, headers)]
    wide = [name for name in line.cells if WIDE.fullmatch(name) and line.cells[name]]
    return [Line(line.number, {**cells, "平台": cells[name]}, {**headers, "平台": line.header(name)}) for name in wide]
