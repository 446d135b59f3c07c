"""Audit entries in templates."""

from __future__ import annotations

from django import template

from yuju.console.acts import detail_of
from yuju.identity.models import AuditEntry

register = template.Library()


@register.filter
def act_detail(entry: AuditEntry) -> str:
    """What an entry says besides its act: the fields that changed, with their old and new values."""
    return detail_of(entry)
