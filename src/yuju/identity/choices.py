"""Roles (岗位) of staff and what each may do."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MANAGER = "manager", _("Manager")
    FRONT_DESK = "front_desk", _("Front desk")
    CASHIER = "cashier", _("Cashier")
    ACCOUNTANT = "accountant", _("Accountant")
    ENGINEER = "engineer", _("Engineer")
    CLEANER = "cleaner", _("Cleaner")
    GUARD = "guard", _("Guard")
    AUDITOR = "auditor", _("Auditor")


class AuditAction(models.TextChoices):
    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_REFUSED = "sign_in_refused", _("Sign-in refused")
    SIGNED_OUT = "signed_out", _("Signed out")
    REVEALED = "revealed", _("Personal data shown")
    EXPORTED = "exported", _("Exported")
    IMPORTED = "imported", _("Imported")
    CREATED = "created", _("Created")
    CHANGED = "changed", _("Changed")
    DECIDED = "decided", _("Decided")


class ChangeAct(models.TextChoices):
    MADE = "made", _("Created")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Deleted")


class SignInMeans(models.TextChoices):
    """What a session was opened with."""

    PASSWORD = "password", _("Password")
    TOTP = "totp", _("Password and app code")
    RECOVERY_CODE = "recovery_code", _("Password and recovery code")
    PASSWORD_PASSKEY = "password_passkey", _("Password and passkey")
    PASSKEY = "passkey", _("Passkey")
    LINK = "link", _("One-time link")


class InvitationState(models.TextChoices):
    OPEN = "open", _("Waiting")
    USED = "used", _("Accepted")
    EXPIRED = "expired", _("Run out")
    REVOKED = "revoked", _("Withdrawn")
