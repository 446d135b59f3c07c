"""Drafts of forms: what somebody typed and has not saved yet. The application keeps them; kit knows no users."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.http import HttpRequest

from yuju.kit.console.form_state import Sent, in_words, sent

WORDS = 3


@dataclass(frozen=True)
class Draft:
    """What somebody typed into a form and did not save.

    Attributes:
        key: tells the drafts of one form apart; each opening of a form has its own.
        at: when it was kept last.
        contents: `data`, the fields as they were sent; `opened`, what the form showed when it was opened; `query`, what
            its address said.
    """

    key: str
    at: datetime
    contents: Mapping[str, Any]


class Drafts(Protocol):
    """Keeps drafts by user, form (a console's slug) and row (None for a new one). Nobody sees those of somebody else."""

    keeps: bool
    """Whether anything is kept at all."""

    def keep(
        self, request: HttpRequest, form: str, row_id: int | None, key: str, contents: Mapping[str, Any]
    ) -> datetime:
        """Keeps what is typed so far, in place of what was kept under the key before; returns the moment."""

    def kept(self, request: HttpRequest, form: str, row_id: int | None) -> list[Draft]:
        """The user's drafts of a form, the latest first."""

    def drop(self, request: HttpRequest, form: str, row_id: int | None, key: str) -> None:
        """Deletes a draft, if there is one."""


class NoDrafts:
    """Stands in until the application gives its own: nothing is kept, and no form offers to."""

    keeps = False

    def keep(
        self, request: HttpRequest, form: str, row_id: int | None, key: str, contents: Mapping[str, Any]
    ) -> datetime:
        raise RuntimeError("Give the console site a keeper of drafts first.")

    def kept(self, request: HttpRequest, form: str, row_id: int | None) -> list[Draft]:
        return []

    def drop(self, request: HttpRequest, form: str, row_id: int | None, key: str) -> None:
        pass


def words_of(form: forms.BaseForm, opened: Sent, covered: Collection[str]) -> str:
    """What a draft is about: the first few values that were typed; covered ones are left out."""
    typed = sent(form)
    words = [
        in_words(bound, typed[bound.name])
        for bound in form
        if any(typed[bound.name]) and typed[bound.name] != opened.get(bound.name) and bound.name not in covered
    ]
    return " · ".join(words[:WORDS])
