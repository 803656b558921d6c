"""What the API says of one issue's due date: why it is this day, when the clock stood still, who was asked for what."""

from datetime import date
from typing import Any

from rest_framework import serializers

from accounts.api import UnitRefSerializer
from accounts.rows import Row
from issues.dossier import Dossier
from issues.models import Clock, Deadline, RequestKind, RequestState, Tier
from issues.why import (
    COUNTED,
    HOLIDAY,
    MAKE_UP,
    START,
    SUSPENDED,
    WEEKEND,
    Basis,
    basis_sentence,
    days_of,
    pauses_of,
)
from platforms.api import TAXON


class WhyDaySerializer(serializers.Serializer[Any]):
    """A day from the raising day to the due day."""

    date = serializers.DateField()
    kind = serializers.ChoiceField([(kind, kind) for kind in (START, COUNTED, MAKE_UP, WEEKEND, HOLIDAY, SUSPENDED)])
    name = serializers.CharField(help_text="Of the holiday, in Chinese.")
    n = serializers.IntegerField(allow_null=True, help_text="Working days used up; null for a day that is not counted.")


class WhySerializer(serializers.Serializer[Any]):
    """Why the statutory due date is this day, by the calendar as it is now."""

    sentence = serializers.CharField(help_text="The same in words, in the language of the call.")
    counted_from = serializers.DateField()
    working_days = serializers.IntegerField(allow_null=True, help_text="Null where a person set the date after review.")
    paused_days = serializers.IntegerField()
    due_on = serializers.DateField()
    is_provisional = serializers.BooleanField()
    calendar_revision = serializers.IntegerField(help_text="The calendar the date was worked out with.")
    days = WhyDaySerializer(many=True)


class SuspensionSerializer(serializers.Serializer[Any]):
    """A span in which a clock stood still."""

    clock = serializers.ChoiceField(Clock.choices)
    reason = serializers.CharField()
    review_on = serializers.DateField()
    began_on = serializers.DateField(help_text="This day is used up.")
    ended_on = serializers.DateField(allow_null=True, help_text="Null while it lasts. This day is given back.")
    working_days = serializers.IntegerField(help_text="What it gives back; so far, while it lasts.")


class ReferralSerializer(serializers.Serializer[Any]):
    unit = UnitRefSerializer()
    note = serializers.CharField()
    referred_by = serializers.CharField()
    referred_at = serializers.DateTimeField()
    signed_by = serializers.CharField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it did not hold any more.")
    is_final = serializers.BooleanField(help_text="Given after a return was decided: it cannot be returned again.")
    return_reason = serializers.CharField()
    suggested_unit = serializers.CharField(allow_null=True, help_text="Name of the unit that should have it instead.")


class SupportSerializer(serializers.Serializer[Any]):
    """What a supporting unit was asked, and its answer to the lead (R33)."""

    unit = UnitRefSerializer()
    asked_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    answer = serializers.CharField()
    agrees = serializers.BooleanField(allow_null=True, help_text="Null until it has answered.")
    answered_by = serializers.CharField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class SupervisionSerializer(serializers.Serializer[Any]):
    """R42."""

    text = serializers.CharField()
    reply_by = serializers.DateField()
    ordered_by = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    reply = serializers.CharField()
    replied_by = serializers.CharField(allow_null=True)
    replied_at = serializers.DateTimeField(allow_null=True)


class RoundSerializer(serializers.Serializer[Any]):
    """R40: a resolution the platform did not accept."""

    number = serializers.IntegerField()
    result = serializers.CharField()
    reply = serializers.CharField()
    settled_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField()
    reopened_at = serializers.DateTimeField()
    reopened_by = serializers.CharField()
    reason = serializers.CharField()


class RequestSerializer(serializers.Serializer[Any]):
    """Asked by one person, decided by another."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(RequestKind.choices)
    reason = serializers.CharField()
    until = serializers.DateField(
        allow_null=True, help_text="The due date asked for, or the review date of a suspension."
    )
    tier = serializers.ChoiceField([("", "—"), *Tier.choices])
    state = serializers.ChoiceField(RequestState.choices)
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField()


def why_row(dossier: Dossier) -> Row | None:
    """None for tier A, which has no due date."""
    deadline = dossier.newest(Clock.STATUTORY)
    if deadline is None:
        return None
    suspensions = dossier.pauses(Clock.STATUTORY)
    days = days_of(deadline.counted_from, deadline.due_on, pauses_of(suspensions), dossier.calendar)
    return {
        "sentence": basis_sentence(basis_of(deadline, dossier.issue.raised_on), dossier.calendar, suspensions),
        "counted_from": deadline.counted_from,
        "working_days": deadline.working_days,
        "paused_days": deadline.paused_days,
        "due_on": deadline.due_on,
        "is_provisional": deadline.is_provisional,
        "calendar_revision": deadline.calendar_revision,
        "days": [{"date": day.date, "kind": day.kind, "name": day.name, "n": day.n} for day in days],
    }


def basis_of(deadline: Deadline, raised_on: date) -> Basis:
    return Basis(
        raised_on=raised_on,
        counted_from=deadline.counted_from,
        due_on=deadline.due_on,
        working_days=deadline.working_days,
        is_provisional=deadline.is_provisional,
        version=deadline.version,
        cause=deadline.cause,
    )


def suspension_rows(dossier: Dossier) -> list[Row]:
    """Oldest first."""
    return [
        {
            "clock": each.clock,
            "reason": each.reason,
            "review_on": each.review_on,
            "began_on": each.began_on,
            "ended_on": each.ended_on,
            "working_days": dossier.calendar.between(each.began_on, each.ended_on or dossier.yardstick.today),
        }
        for each in dossier.suspensions
    ]


def referral_rows(dossier: Dossier) -> list[Row]:
    """Newest first."""
    return [
        {
            "unit": {key: getattr(each.unit, key) for key in TAXON},
            "note": each.note,
            "referred_by": each.referred_by.name,
            "referred_at": each.referred_at,
            "signed_by": each.signed_by.name if each.signed_by else None,
            "signed_at": each.signed_at,
            "ended_at": each.ended_at,
            "is_final": each.is_final,
            "return_reason": each.return_reason,
            "suggested_unit": each.suggested_unit.name if each.suggested_unit else None,
        }
        for each in dossier.referrals
    ]


def support_rows(dossier: Dossier) -> list[Row]:
    """In the order in which they were asked."""
    return [
        {
            "unit": {key: getattr(each.unit, key) for key in TAXON},
            **{name: getattr(each, name) for name in ("asked_at", "due_on", "answer", "agrees", "answered_at")},
            "answered_by": each.answered_by.name if each.answered_by else None,
        }
        for each in dossier.supports
    ]


def supervision_rows(dossier: Dossier) -> list[Row]:
    """Newest first."""
    return [
        {
            **{name: getattr(each, name) for name in ("text", "reply_by", "ordered_at", "reply", "replied_at")},
            "ordered_by": each.ordered_by.name,
            "replied_by": each.replied_by.name if each.replied_by else None,
        }
        for each in dossier.supervisions
    ]


def round_rows(dossier: Dossier) -> list[Row]:
    """The first round first."""
    fields = ("number", "result", "reply", "settled_at", "resolved_at", "reopened_at", "reason")
    return [
        {**{name: getattr(each, name) for name in fields}, "reopened_by": each.reopened_by.name}
        for each in dossier.rounds
    ]


def request_rows(dossier: Dossier) -> list[Row]:
    """Newest first."""
    fields = ("id", "kind", "reason", "until", "tier", "state", "asked_at", "decided_at", "decision_note")
    return [
        {
            **{name: getattr(each, name) for name in fields},
            "asked_by": each.asked_by.name,
            "decided_by": each.decided_by.name if each.decided_by else None,
        }
        for each in dossier.requests
    ]
