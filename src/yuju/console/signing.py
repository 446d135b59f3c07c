"""Signing at the desk's screen, whatever is signed; `console/signing.html` shows it."""

from __future__ import annotations

from yuju.kit.console import ConsoleForm
from yuju.kit.signing_form import SigningForm


class DeskSigningForm(ConsoleForm, SigningForm):
    """The signing form in the look of the console."""
