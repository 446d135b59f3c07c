"""Operators, their users, what was done, and what was changed."""

from yuju.identity.models.audit import AuditEntry
from yuju.identity.models.history import Change
from yuju.identity.models.people import Operator, Posting, SignInAttempt, User
from yuju.identity.models.recent import RecentlyOpened

__all__ = ["AuditEntry", "Change", "Operator", "Posting", "RecentlyOpened", "SignInAttempt", "User"]
