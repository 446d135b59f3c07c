"""Operators, their users, what was done, and what was changed."""

from yuju.identity.models.audit import AuditEntry
from yuju.identity.models.drafts import FormDraft
from yuju.identity.models.history import Change
from yuju.identity.models.lists import SavedView
from yuju.identity.models.people import Operator, Posting, SignInAttempt, User
from yuju.identity.models.recent import RecentlyOpened
from yuju.identity.models.roles import RoleSetting

__all__ = [
    "AuditEntry",
    "Change",
    "FormDraft",
    "Operator",
    "Posting",
    "RecentlyOpened",
    "RoleSetting",
    "SavedView",
    "SignInAttempt",
    "User",
]
