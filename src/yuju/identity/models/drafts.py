"""What somebody typed into a form and has not saved yet."""

from __future__ import annotations

from django.db import models

from yuju.identity.models.people import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.models import Walled, WalledForeignKey


class FormDraft(Walled):
    """A draft of a form (草稿), for the user alone who typed it; a form opened twice has two.

    Forms hold telephone and document numbers, so the contents are encrypted like those.
    """

    user = WalledForeignKey(User, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=40)
    row_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=40)
    contents = EncryptedTextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["operator_id", "at"], name="form_draft_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "user", "form", "row_id", "key"], nulls_distinct=False, name="form_draft_once"
            ),
        ]
