"""Operators, their users, and what was done."""

from yuju.identity.models.audit import AuditEntry
from yuju.identity.models.lists import SavedView
from yuju.identity.models.people import Operator, Posting, SignInAttempt, User
from yuju.identity.models.recent import RecentlyOpened

__all__ = ["AuditEntry", "Operator", "Posting", "RecentlyOpened", "SavedView", "SignInAttempt", "User"]
