"""What needs no number in its address: lists, their exports and their pickers hold nothing of elsewhere."""

from __future__ import annotations

from tests.walls.things import Things
from yuju.kit.console import console_site
from yuju.premises.models import Property


def test_lists_exports_and_pickers_hold_nothing_of_elsewhere(things: Things) -> None:
    # Given a manager of another property, where there is nothing
    client = things.world.client("manager", at=things.world.here)

    # When each list, its export and its picker are asked for, then none names a thing by its number or name
    for slug, console in console_site.consoles.items():
        if console.property_path is None:
            continue
        row = things[slug]
        assert f"/{slug}/{row.pk}/" not in client.get(console.url("list")).content.decode(), slug
        assert f'data-pick-id="{row.pk}"' not in client.get(console.url("pick")).content.decode(), slug
        export = b"".join(client.post(console.url("export"), {"format": "csv"}))  # type: ignore[arg-type]
        if slug in ("audit", "changes"):  # they hold what this very test does at its own property
            continue
        assert len(export.decode("utf-8-sig").strip().splitlines()) <= (2 if console.model is Property else 1), slug
