"""The console's pages, one module a domain. Each registers with `yuju.kit.console.site.console_site` when imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Imports every page module, which registers its pages."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
