"""How forms are drawn, decided once: a widget gets its class here, a field the frame of components/_field.html."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

CHECKS = (forms.CheckboxInput, forms.CheckboxSelectMultiple)


def widget_class(widget: forms.Widget) -> str:
    """The class that gives a widget the look; hidden ones need none."""
    if widget.is_hidden:
        return ""
    if isinstance(widget, CHECKS):  # before RadioSelect, from which CheckboxSelectMultiple descends
        return "form-check-input"
    if isinstance(widget, forms.RadioSelect):
        return "ld-pick"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


class LdBoundField(forms.BoundField):
    """A field of a rendered form. What a form class itself says about a widget's class is kept and added to."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        words = [widget.attrs.get("class", ""), attrs.get("class", ""), widget_class(widget)]
        if self.errors and not widget.is_hidden:
            words.append("is-invalid")
        classes = " ".join(dict.fromkeys(word for words_ in words for word in words_.split()))
        return {**attrs, "class": classes} if classes else attrs

    @property
    def is_group(self) -> bool:
        """Several inputs under one name: drawn as a fieldset with a legend."""
        return self.use_fieldset

    @property
    def is_check(self) -> bool:
        """A single tick box, whose label stands after it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def takes_free_text(self) -> bool:
        """Beside every free-text box and upload stands that secrets must not be entered."""
        return isinstance(self.field.widget, (forms.Textarea, forms.FileInput))

    @property
    def aria_describedby(self) -> str | None:
        """Error and hint, as Django has it, and the word on secrets where it stands."""
        described = super().aria_describedby
        if described is None or not (self.auto_id and self.takes_free_text):
            return described
        return f"{described} {self.auto_id}_secret".strip()


class LdFormRenderer(TemplatesSetting):
    """The project's FORM_RENDERER."""

    form_template_name = "components/_form.html"
    field_template_name = "components/_field.html"
    bound_field_class = LdBoundField


class DayInput(forms.DateInput):
    """The browser's own date picker. It speaks ISO whatever the language of the page."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MinuteInput(forms.DateTimeInput):
    """Date and time to the minute, in the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")
