"""What a call of the API may send."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

# A caller chooses the names and how many there are: the answer does not grow with them.
MOST_NAMED, LONGEST_NAME = 20, 100


class BodySerializer(serializers.Serializer[Any]):
    """The body of a write, or a part of it: a field it does not have is refused by its name, never ignored.

    A program that writes `state` into a correction would take the 200 for a yes.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = {}
        if isinstance(data, Mapping):
            names = [name for name in data if name not in self.fields][:MOST_NAMED]
            unknown = {str(name)[:LONGEST_NAME]: [_("没有这个字段。")] for name in names}
        try:
            values: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return values
