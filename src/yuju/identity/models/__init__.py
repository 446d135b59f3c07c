"""Operators, their users, how they sign in, what was done, and what was changed."""

from yuju.identity.models.audit import AuditEntry
from yuju.identity.models.drafts import FormDraft
from yuju.identity.models.factors import Passkey, RecoveryCode, SignInRules, TotpFactor
from yuju.identity.models.history import Change
from yuju.identity.models.invitations import Invitation
from yuju.identity.models.lists import SavedView
from yuju.identity.models.people import Operator, Posting, SignInAttempt, User
from yuju.identity.models.recent import RecentlyOpened
from yuju.identity.models.roles import RoleSetting
from yuju.identity.models.sessions import UserSession

__all__ = [
    "AuditEntry",
    "Change",
    "FormDraft",
    "Invitation",
    "Operator",
    "Passkey",
    "Posting",
    "RecentlyOpened",
    "RecoveryCode",
    "RoleSetting",
    "SavedView",
    "SignInAttempt",
    "SignInRules",
    "TotpFactor",
    "User",
    "UserSession",
]
