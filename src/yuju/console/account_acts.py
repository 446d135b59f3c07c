"""What was done to an account, in words, for the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACCOUNT_ACTS = {
    "password": _("Password"),
    "totp_added": _("Authenticator app added"),
    "totp_removed": _("Authenticator app removed"),
    "recovery_codes": _("Recovery codes made"),
    "recovery_code_used": _("Recovery code used"),
    "passkey_added": _("Passkey added"),
    "passkey_removed": _("Passkey removed"),
    "factors_reset": _("Two-step sign-in reset"),
    "sessions_ended": _("Signed out elsewhere"),
    "invited": _("Invitation made"),
    "reset_link": _("Link for a new password made"),
    "invitation_revoked": _("Link withdrawn"),
    "sign_in_rules": _("Sign-in rules"),
    "factor": _("Second step not passed"),
    "passkey": _("Passkey not accepted"),
    "confirm": _("Not confirmed who it was"),
}
"""The `what` of an entry's detail."""
