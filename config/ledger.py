"""Tables that keep what was written to them, and tables whose writes the audit log keeps: said beside the model.

The database does both, so that no writer can forget it: a page, the API, an import, somebody with a psql of his own.
"""

import json

import pgtrigger

# What a ledger row says is said for good: the database refuses to change or remove it, whoever asks.
UNCHANGEABLE = (
    pgtrigger.Protect(name="refuse_update", operation=pgtrigger.Update),
    pgtrigger.Protect(name="refuse_delete", operation=pgtrigger.Delete),
    pgtrigger.Trigger(
        name="refuse_truncate",
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'Cannot empty the table %', TG_TABLE_NAME;",
    ),
)

AUDIT = "audit"
# What audit.origin announces before a statement: without it no person is behind the write (a job, a load).
BY_A_PERSON = "current_setting('liandian.who', true) <> ''"
ANY_WRITE = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
BY_OPERATION = "CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'change' ELSE 'delete' END"


def change_of(*columns: str) -> pgtrigger.Operation:
    """An UPDATE that names one of the columns."""
    return pgtrigger.UpdateOf(*columns)  # type: ignore[no-untyped-call] # pgtrigger leaves this one untyped


def audited(  # noqa: PLR0913 - a table is described by what the log may know of each of its columns
    *shown: str,
    label: str,
    amended: tuple[str, ...] = (),
    masked: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    key: str = "r.id",
    subject: str = "TG_TABLE_NAME",
    action: str = BY_OPERATION,
    operation: pgtrigger.Operation = ANY_WRITE,
    condition: str = BY_A_PERSON,
) -> pgtrigger.Trigger:
    """The trigger by which the log learns of what is written to a table, in the transaction of the write.

    Of the columns `shown` it keeps the values, of a change old and new; of those `amended` too, when they change, but
    not when the row is made; those `masked` as R57 masks them; of those `hidden` only that they changed. A change of
    none of them is no entry. `label`, `key`, `subject` and `action` are SQL over `r`, the row.
    """
    ways = {"shown": shown, "amended": amended, "masked": masked, "hidden": hidden}
    how = json.dumps({column: way for way, columns in ways.items() for column in columns})
    return pgtrigger.Trigger(
        name=AUDIT,
        when=pgtrigger.After,
        operation=operation,
        condition=pgtrigger.Condition(condition) if condition else None,
        declare=[("r", "record")],
        func=f"""
            IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
            PERFORM audit_note({action}, {subject}, ({key})::text, ({label})::text,
                               to_jsonb(OLD), to_jsonb(NEW), '{how}');
            RETURN NULL;
        """,
    )
