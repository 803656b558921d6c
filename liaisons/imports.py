"""Takes in the bureau's own data: units, platforms, officers and assignments from one file, all or nothing.

The page and `manage.py import_register` both come here. A check writes everything and takes it back, so that what is
shown is what would happen.
"""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from import_export.results import RowResult
from tablib import Dataset

from accounts.models import User
from accounts.resources import Line, SheetResource
from audit.models import Action
from audit.services import record
from config.clock import now
from liaisons.models import Officer, PendingImport
from liaisons.resources import AssignmentResource
from liaisons.services import out_of_range, portfolio_rule
from liaisons.sheets import Sheet, Unreadable, read_sheets
from liaisons.tables import KINDS, Table, tables_of, unrecognised
from platforms.models import Platform

log = logging.getLogger(__name__)

IMPORT_LOCK = 6_032_018  # any number, the same everywhere


@dataclass(frozen=True)
class RowError:
    """What is wrong in one cell; `column` is empty for the row as a whole."""

    sheet: str
    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Change:
    """A row that is new or differs; `details` are (header, before, after), none for a new one."""

    row: int
    name: str
    is_new: bool
    details: list[tuple[str, str, str]]


@dataclass
class SheetReport:
    """What a sheet brings, in rows. `ignored` are headers that were not taken in."""

    sheet: str
    kind: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0
    changes: list[Change] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass
class Report:
    sheets: list[SheetReport] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    applied: bool = False

    @property
    def changes_something(self) -> bool:
        return any(sheet.new or sheet.changed for sheet in self.sheets)

    @property
    def outcome(self) -> str:
        """Stands for what this report says would happen."""
        return sha256(repr([asdict(sheet) for sheet in self.sheets]).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        keys = ("sheet", "kind", "new", "changed", "unchanged", "wrong", "ignored")
        return {
            "applied": self.applied,
            "sheets": [{key: getattr(sheet, key) for key in keys} for sheet in self.sheets],
            "errors": [asdict(error) for error in self.errors],
            "notices": self.notices,
        }


def run_import(name: str, content: bytes, *, actor: User | None, apply: bool, expected: str | None = None) -> Report:
    """Checks the file and, with `apply` and no error, takes it in; otherwise nothing is changed.

    With `expected`, the `outcome` of an earlier check, it is applied only if that is still what would happen.
    Raises Unreadable for a file that cannot be taken at all.
    """
    report = Report()
    tables = list(_tables(read_sheets(name, content), report))
    if not tables:
        raise Unreadable([_("没有认出可导入的表。请用下载的模板，表头不要改动。"), *report.notices])
    with transaction.atomic():
        _lock_register()
        _write(tables, report, actor)
        report.applied = apply and not report.errors and expected in (None, report.outcome)
        if report.applied:
            _log(name, report, actor)
        else:
            transaction.set_rollback(True)
    if apply and not report.applied:
        _log(name, report, actor)
    return report


def _log(name: str, report: Report, actor: User | None) -> None:
    """The import as a whole; what it wrote is in the log row by row."""
    counts = {
        sheet.sheet: {"new": sheet.new, "changed": sheet.changed, "wrong": sheet.wrong} for sheet in report.sheets
    }
    record(Action.IMPORT, actor=actor, label=name, is_success=report.applied, sheets=counts)


def _lock_register() -> None:
    """One import at a time, and none while somebody assigns; in the services' order, platforms before officers.

    Visits and issues that are being written refer to these rows and need not wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
    for model in (Platform, Officer):
        list(model._default_manager.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _tables(sheets: list[Sheet], report: Report) -> Iterator[Table]:
    for sheet in sheets:
        found = list(tables_of(sheet))
        if not found and sheet.rows:
            report.notices.append(unrecognised(sheet))
        yield from found


def _write(tables: list[Table], report: Report, actor: User | None) -> None:
    for kind in KINDS:
        resource = kind(actor)
        of_kind = [table for table in tables if table.kind is kind]
        for table in of_kind:
            report.sheets.append(_write_table(table, resource, report.errors))
        if isinstance(resource, AssignmentResource) and of_kind:
            report.errors.extend(_portfolio_errors(resource, of_kind))
    # What an officer's row says of all platforms at once is wrong once.
    sheets = [table.sheet for table in tables]
    report.errors = sorted(dict.fromkeys(report.errors), key=lambda error: (sheets.index(error.sheet), error.row))


def _write_table(table: Table, resource: SheetResource, errors: list[RowError]) -> SheetReport:
    headers = list(dict.fromkeys(name for line in table.lines for name in line.cells))
    dataset = Dataset(*([line.cells.get(name, "") for name in headers] for line in table.lines), headers=headers)
    done = SheetReport(table.sheet, str(table.kind.title), ignored=table.ignored)
    if not table.lines:
        return done
    result = resource.import_data(dataset, use_transactions=False, lines=table.lines)
    for failure in result.base_errors:
        raise failure.error
    for line, row in zip(table.lines, result.rows, strict=True):
        if row.import_type == RowResult.IMPORT_TYPE_SKIP:
            done.unchanged += 1
        elif row.is_valid():
            done.new, done.changed = done.new + row.is_new(), done.changed + row.is_update()
            details = resource.changes(row.original, row.instance) if row.is_update() else []
            done.changes.append(Change(line.number, resource.label(row.instance), row.is_new(), details))
        else:
            done.wrong += 1
            errors.extend(RowError(table.sheet, line.number, *error) for error in _refusals(row, line, resource))
    return done


def _refusals(row: Any, line: Line, resource: SheetResource) -> Iterator[tuple[str, str]]:
    """(header, message) of everything wrong with a row. A slip of ours is raised, not reported as the file's."""
    for failure in row.errors:
        if not isinstance(failure.error, IntegrityError | DataError):
            raise failure.error
        log.warning("import: the database refused row %s", line.number, exc_info=failure.error)
        yield "", _("数据库不接受这一行，请核对后重试。")
    if row.validation_error is None:
        return
    problems: dict[str, list[str]] = (
        row.validation_error.message_dict
        if hasattr(row.validation_error, "error_dict")
        else {NON_FIELD_ERRORS: row.validation_error.messages}
    )
    for attribute, messages in problems.items():
        name = resource.header_of(attribute)
        yield from ((line.header(name) if name else "", message) for message in messages)


def _portfolio_errors(resource: AssignmentResource, tables: list[Table]) -> Iterator[RowError]:
    """R2, judged when all lines are written."""
    rule = portfolio_rule()
    for officer in out_of_range(resource.written):
        line = resource.written[officer.pk]
        sheet = next(table.sheet for table in tables if any(line is each for each in table.lines))
        yield RowError(sheet, line.number, line.header("联点干部"), _range_message(officer, rule.minimum, rule.maximum))


def _range_message(officer: Officer, minimum: int, maximum: int) -> str:
    carried = officer.current_platforms  # type: ignore[attr-defined] # annotated by with_load
    words = {"officer": officer.user.name, "carried": carried, "minimum": minimum, "maximum": maximum}
    sentence = _("导入后%(officer)s联点%(carried)d家平台，不在%(minimum)d至%(maximum)d家之间。请调整，或填写例外理由。")
    return sentence % words


# --- from the page: a checked upload waits for its owner's word ------------------------------------------------------


def keep(name: str, content: bytes, report: Report, *, owner: User) -> PendingImport:
    """Keeps an upload that was checked without error until it is confirmed; the same file again replaces it."""
    pending, _is_new = PendingImport.objects.update_or_create(
        owner=owner,
        digest=sha256(content).hexdigest(),
        defaults={"name": name[:200], "content": content, "outcome": report.outcome, "created_at": now()},
    )
    return pending


@transaction.atomic
def confirm(pending_id: int, *, owner: User) -> Report | None:
    """Applies a kept upload, if what its owner was shown is still what would happen; the report says whether it was.

    None when there is no such upload of the owner any more: applied by a twin of this request, or a day old.
    """
    pending = PendingImport.objects.editable_by(owner).fresh().select_for_update().filter(pk=pending_id).first()
    if pending is None:
        return None
    report = run_import(pending.name, bytes(pending.content), actor=owner, apply=True, expected=pending.outcome)
    if report.applied or report.errors:
        pending.delete()
    else:
        pending.outcome = report.outcome
        pending.save(update_fields=["outcome"])
    return report
