"""Officers, their platforms, who stands in for them, what they owe, and what is handed on."""

from liaisons.models.absences import Absence, AbsenceQuerySet
from liaisons.models.assignments import Assignment, AssignmentQuerySet, Officer, OfficerQuerySet, PortfolioRule
from liaisons.models.duties import Duty, DutyKind, DutyQuerySet, DutyRule, DutyState, PlatformWord, WordChannel
from liaisons.models.handovers import OPEN_OFFERS, Handover, HandoverQuerySet, Offer, OfferState
from liaisons.models.imports import PendingImport, PendingImportQuerySet

__all__ = [
    "OPEN_OFFERS",
    "Absence",
    "AbsenceQuerySet",
    "Assignment",
    "AssignmentQuerySet",
    "Duty",
    "DutyKind",
    "DutyQuerySet",
    "DutyRule",
    "DutyState",
    "Handover",
    "HandoverQuerySet",
    "Offer",
    "OfferState",
    "Officer",
    "OfficerQuerySet",
    "PendingImport",
    "PendingImportQuerySet",
    "PlatformWord",
    "PortfolioRule",
    "WordChannel",
]
