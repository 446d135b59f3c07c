"""From where something was done, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _


def origin_words(origin: Mapping[str, str]) -> str:
    """`203.0.113.7 · Chrome · Windows`, the file of an import, a command, work in the background; empty if not known."""
    if origin.get("file"):
        return _("Import of %(file)s") % {"file": origin["file"]}
    if origin.get("command"):
        return _("Command %(command)s") % {"command": f"yuju {origin['command']}"}
    if origin.get("job"):
        return _("Background work")
    parts = [_("Portal")] if origin.get("face") == "portal" else []
    parts += [text for name in ("address", "device") if (text := origin.get(name, ""))]
    return " · ".join(parts)
