"""Choosing units: those that take a tier, by name; several of them as a list of boxes that can be searched."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

from accounts.models import Unit, User


def takers_of(tiers: Iterable[str], user: User) -> "QuerySet[Unit]":
    """The units that take issues of at least one of these tiers."""
    return Unit.objects.visible_to(user).filter(takes_tiers__overlap=sorted(tiers))


def _as_read(unit: Unit) -> bytes:
    """The common characters of the national standard stand in the order of their pinyin; it needs no dictionary."""
    return unit.label.encode("gb18030", "replace")


class ByName(ModelChoiceIterator):  # type: ignore[type-arg] # not a generic class at run time
    """The choices in the order of their names as people read them, not of the tree."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        units = getattr(self.field, "offered", None)
        for unit in sorted(self.queryset.all() if units is None else units, key=_as_read):
            yield self.choice(unit)


class UnitChoice(forms.ModelChoiceField):  # type: ignore[type-arg] # as above
    iterator = ByName


class LongChecks(forms.CheckboxSelectMultiple):
    """Many boxes: drawn in a frame that scrolls; js/choices.js puts a search above it."""

    is_long = True


class UnitChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # as above
    """Offers the units of `offered`; takes any of its queryset."""

    iterator = ByName
    widget = LongChecks
    offered: "QuerySet[Unit] | None" = None

    def offer(self, units: "QuerySet[Unit]", among: "QuerySet[Unit]") -> None:
        self.offered, self.queryset = units, among
