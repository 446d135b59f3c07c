"""The form in which somebody signs on screen: the code that came to them, the signature drawn, and which document was read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from yuju.kit.errors import Refused
from yuju.kit.strokes import strokes_read


class SigningForm(forms.Form):
    """Signs the document whose hash is `sha256`."""

    code = forms.CharField(
        label=gettext_lazy("Verification code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    strokes = forms.CharField(required=False, max_length=200_000, widget=forms.HiddenInput())
    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput())

    def clean_strokes(self) -> Any:
        """The signature as lines of points (`yuju.kit.strokes`)."""
        try:
            return strokes_read(self.cleaned_data["strokes"])
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def refuse(self, refusal: Refused) -> None:
        """Says at its field, or for the whole form, why it was not signed."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
