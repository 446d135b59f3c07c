"""The public page of a receipt (收据): whoever holds the paper scans it and sees that it is genuine. No sign-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yuju.kit.capital import in_words
from yuju.payments.public_receipts import public_receipt


@require_safe
def receipt_page(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt of a token; the same answer for every token that is none's. `config.limits` says how often it is given."""
    receipt = public_receipt(token)
    if receipt is None:
        return _private(render(request, "console/public/receipt_missing.html", status=404))
    context = {"receipt": receipt, "capital": in_words(receipt.amount, currency="人民币")}
    return _private(render(request, "console/public/receipt.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    """Nobody keeps the page and no search engine lists it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
