"""A secret that is shown once: kept, encrypted, in the session of who made it until the next page takes it out."""

from __future__ import annotations

from django.http import HttpRequest

from yuju.kit.crypto import decrypt, encrypt

_KEY = "secret:"


def secret_keep(request: HttpRequest, name: str, secret: str) -> None:
    """Keeps a secret for one page of this browser."""
    request.session[_KEY + name] = encrypt(secret, "session")


def secret_take(request: HttpRequest, name: str) -> str:
    """The secret of that name, or empty; it is handed out once."""
    kept = request.session.pop(_KEY + name, None)
    return decrypt(kept, "session") if kept else ""
