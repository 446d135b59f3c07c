"""Writing a compared workbook into the database: few statements, in the order in which things refer to each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from yuju.billing.models import BillingAccount, FeeItem, RecurringCharge, Tariff, TariffVersion
from yuju.identity.models import User
from yuju.journeys.property_import import bulk, layout
from yuju.journeys.property_import.checking.tariffs import TERMS
from yuju.journeys.property_import.comparing import Change, Comparison
from yuju.journeys.property_import.existing import SEALED, Existing, seal_name
from yuju.journeys.property_import.openings import post_openings
from yuju.journeys.property_import.rows import UnitKey
from yuju.kit import crypto
from yuju.kit.dates import local_date
from yuju.kit.pinyin import sort_key
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.premises.labels import place_sort_key, unit_label
from yuju.premises.models import ALWAYS, Building, ParkingSpace, Property, Unit, UnitFact
from yuju.residency.births import birth_month
from yuju.residency.models import Resident, ResidentTag, Tag, Tenure, TenureTerm
from yuju.residency.nationality import nationality_of
from yuju.residency.phones import phone_hash
from yuju.residency.services import state_by_days

Progress = Callable[[str, int, int], None]


class Writer:
    """Writes one comparison; every key drawn on the way is remembered for what refers to it."""

    def __init__(self, comparison: Comparison, existing: Existing, by: User | None, at: datetime) -> None:
        self._comparison = comparison
        self._existing = existing
        self._by = by
        self._at = at
        self._buildings = {code: stored.id for code, stored in existing.buildings.items()}
        self._units = {key: stored.id for key, stored in existing.units.items()}
        self._residents = {ref: stored.id for ref, stored in existing.residents.items()}
        self._leases = {number: stored.id for number, stored in existing.leases.items()}
        self._lease_units: dict[str, UnitKey] = {n: stored.values["unit"] for n, stored in existing.leases.items()}
        self._accounts = {n: stored.beside["account"] for n, stored in existing.leases.items()}
        self._tariffs = {code: stored.id for code, stored in existing.tariffs.items()}
        self._due_days = {code: stored.values["due_days"] for code, stored in existing.tariffs.items()}
        self._spaces = {code: stored.id for code, stored in existing.spaces.items()}
        self._meters = {serial: stored.id for serial, stored in existing.meters.items()}
        self._points = {serial: stored.beside["point"] for serial, stored in existing.meters.items()}
        self.property: Property

    def write(self, *, today: date, progress: Progress) -> Property:
        """Writes everything. The caller holds the transaction and, for a property that exists, its lock."""
        steps: list[tuple[str, Callable[[], None]]] = [
            ("property", self._write_property),
            ("buildings", self._write_buildings),
            ("units", self._write_units),
            ("residents", self._write_residents),
            ("leases", self._write_leases),
            ("tariffs", self._write_tariffs),
            ("spaces", self._write_spaces),
            ("meters", self._write_meters),
            ("recurring", self._write_recurring),
            ("readings", self._write_readings),
        ]
        for done, (name, step) in enumerate(steps):
            progress(name, done, len(steps) + 1)
            step()
        progress("openings", len(steps), len(steps) + 1)
        post_openings(
            property=self.property,
            changes=self._comparison.openings,
            account_of=self._accounts.__getitem__,
            tariff_of=lambda code: (self._tariffs[code], self._due_days[code]),
            today=today,
            by=self._by,
            at=self._at,
        )
        return self.property

    def _write_property(self) -> None:
        held = self._existing.property
        for change in self._comparison.property:
            if held is None:
                held = Property.objects.create(code=change.key, created_at=self._at, **change.values)
            elif change.old:
                for name, value in change.values.items():
                    setattr(held, name, value)
                held.save(update_fields=list(change.values))
        if held is None:
            raise ValueError("a workbook without a property can only change one that exists")
        self.property = held

    def _write_buildings(self) -> None:
        changes = self._comparison.buildings
        self._insert(
            Building,
            ("property_id", "code", "sort_key", "name", "floors"),
            changes,
            self._buildings,
            lambda c: (self.property.pk, c.key, place_sort_key(c.key)[:80], c.values["name"], c.values["floors"]),
        )
        self._update(Building, ("name", "floors"), changes)

    def _write_units(self) -> None:
        changes = self._comparison.units

        def values(change: Change) -> tuple[Any, ...]:
            facts = change.values
            return (
                self.property.pk,
                self._buildings[change.key[0]],
                change.key[1],
                change.key[2],
                unit_label(*change.key),
                place_sort_key(*change.key),
                facts["layout"],
                facts["floor"],
                facts["area"],
            )

        columns = ("property_id", "building_id", "entrance", "number", "label", "sort_key", "layout", "floor", "area")
        new = self._insert(Unit, columns, changes, self._units, values)
        bulk.insert(
            UnitFact,
            ("unit_id", "valid_from", "area", "floor"),
            [(self._units[c.key], ALWAYS, c.values["area"], c.values["floor"]) for c in new],
        )
        self._update(Unit, ("layout", "floor", "area"), changes)
        # One fact is all there is here: with more, a change was refused.
        moved = [c for c in changes if c.stored is not None and ("area" in c.old or "floor" in c.old)]
        facts = dict(
            UnitFact.objects.filter(unit__in=[c.stored.id for c in moved if c.stored]).values_list("unit_id", "id")
        )
        rows = [(facts[c.stored.id], c.values["area"], c.values["floor"]) for c in moved if c.stored]
        bulk.update(UnitFact, ("area", "floor"), rows)

    def _write_residents(self) -> None:
        changes = self._comparison.residents
        plain = ("name", "id_type", "category", "emergency_name")

        def values(change: Change) -> tuple[Any, ...]:
            number = change.values["id_number"]
            return (
                *(change.values[name] for name in plain),
                *(self._sealed(change, name) for name in SEALED),
                nationality_of(change.values["id_type"], number)
                or (change.stored.beside["nationality"] if change.stored is not None else ""),
                crypto.keyed_hash(number, "id_number") if number else "",
                birth_month(change.values["id_type"], number),
                phone_hash(change.values["phone"]),
                sort_key(change.values["name"])[:160],
                self._at,
            )

        columns = (*plain, *SEALED, "nationality", "id_number_hash", "born_in", "phone_hash", "name_sort", "updated_at")
        self._insert(
            Resident,
            ("property_id", "ref", "created_at", *columns),
            changes,
            self._residents,
            lambda c: (self.property.pk, c.key, self._at, *values(c)),
        )
        self._update(Resident, columns, changes, values)
        self._write_tags([c for c in changes if c.is_new or "tags" in c.old])

    def _sealed(self, change: Change, name: str) -> str:
        plain: str = change.values[name]
        if change.stored is not None and name not in change.old:
            return str(change.stored.beside[name])
        return crypto.encrypt(plain, seal_name(name)) if plain else ""

    def _write_tags(self, changes: list[Change]) -> None:
        names = sorted({name for change in changes for name in change.values["tags"]})
        known = dict(Tag.objects.filter(name__in=names).values_list("name", "id"))
        missing = [name for name in names if name not in known]
        known.update(zip(missing, bulk.draw_ids(Tag, len(missing)), strict=True))
        bulk.insert(Tag, ("id", "name"), [(known[name], name) for name in missing])
        ResidentTag.objects.filter(resident__in=[c.stored.id for c in changes if c.stored is not None]).delete()
        bulk.insert(
            ResidentTag,
            ("resident_id", "tag_id"),
            [(self._residents[c.key], known[name]) for c in changes for name in c.values["tags"]],
        )

    def _write_leases(self) -> None:
        changes = self._comparison.leases

        def values(change: Change) -> tuple[Any, ...]:
            facts = change.values
            return (
                facts["kind"],
                self._units[facts["unit"]],
                self._residents[facts["resident"]],
                facts["category"],
                facts["start"],
                facts["end"],
                facts["deposit"],
                self._at,
            )

        columns = ("kind", "unit_id", "resident_id", "category", "start", "end", "deposit", "updated_at")
        today = local_date(self._at, self.property.time_zone)
        # Those that give way first: a day must be free before somebody else takes it.
        self._update(Tenure, columns, sorted(changes, key=_later_first), values)
        new = self._insert(
            Tenure,
            ("property_id", "number", "created_at", "state", *columns),
            changes,
            self._leases,
            lambda c: (
                self.property.pk,
                c.key,
                self._at,
                state_by_days(c.values["start"], c.values["end"], today),
                *values(c),
            ),
        )
        bulk.insert(
            TenureTerm,
            ("tenure_id", "valid_from", "rent", "occupants"),
            [(self._leases[c.key], ALWAYS, c.values["rent"], c.values["occupants"]) for c in new],
        )
        terms = [
            (c.stored.beside["term"], c.values["rent"], c.values["occupants"])
            for c in changes
            if c.stored is not None and ("rent" in c.old or "occupants" in c.old)
        ]
        bulk.update(TenureTerm, ("rent", "occupants"), terms)
        self._lease_units.update((c.key, c.values["unit"]) for c in changes)
        accounts = bulk.draw_ids(BillingAccount, len(new))
        self._accounts.update((c.key, account) for c, account in zip(new, accounts, strict=True))
        bulk.insert(
            BillingAccount,
            ("id", "property_id", "tenure_id", "created_at"),
            [(self._accounts[c.key], self.property.pk, self._leases[c.key], self._at) for c in new],
        )

    def _write_tariffs(self) -> None:
        items = self._fee_items()
        names = [name for name in TERMS if name != "category"]

        def values(change: Change) -> tuple[Any, ...]:
            return (*(change.values[name] for name in names), items[change.values["category"]])

        changes = self._comparison.tariffs
        self._insert(
            Tariff,
            ("property_id", "code", *names, "fee_item_id"),
            changes,
            self._tariffs,
            lambda c: (self.property.pk, c.key, *values(c)),
        )
        self._update(Tariff, (*names, "fee_item_id"), changes, values)
        self._due_days.update((c.key, c.values["due_days"]) for c in changes)
        prices = ("rate", "tiers", "formula")
        versions = self._comparison.versions
        bulk.insert(
            TariffVersion,
            ("tariff_id", "valid_from", *prices),
            [(self._tariffs[c.key[0]], c.key[1], *(c.values[p] for p in prices)) for c in versions if c.is_new],
        )
        self._update(TariffVersion, prices, versions)

    def _fee_items(self) -> dict[str, int]:
        """The fee item of each category, the oldest where an operator has several; made where there is none."""
        wanted = {change.values["category"] for change in self._comparison.tariffs}
        found: dict[str, int] = dict(FeeItem.objects.order_by("-id").values_list("category", "id"))
        for place, option in enumerate(layout.FEE_CATEGORIES, start=1):
            if option.value in wanted and option.value not in found:
                made = FeeItem.objects.create(category=option.value, name=option.zh, priority=place * 10)
                found[option.value] = made.pk
        return found

    def _write_spaces(self) -> None:
        changes = self._comparison.spaces
        self._insert(
            ParkingSpace,
            ("property_id", "code", "sort_key", "location"),
            changes,
            self._spaces,
            lambda c: (self.property.pk, c.key, place_sort_key(c.key)[:80], c.values["location"]),
        )
        self._update(ParkingSpace, ("location",), changes)

    def _write_meters(self) -> None:
        changes = self._comparison.meters
        facts = ("kind", "multiplier", "digits")
        new = self._insert(
            Meter,
            ("property_id", "serial", *facts),
            changes,
            self._meters,
            lambda c: (self.property.pk, c.key, *(c.values[name] for name in facts)),
        )
        self._update(Meter, facts, changes)

        def point(change: Change) -> tuple[Any, ...]:
            unit = change.values["unit"]
            return None if unit is None else self._units[unit], change.values["kind"]

        points = bulk.draw_ids(MeteringPoint, len(new))
        self._points.update((c.key, key) for c, key in zip(new, points, strict=True))
        bulk.insert(
            MeteringPoint,
            ("id", "property_id", "unit_id", "kind"),
            [(self._points[c.key], self.property.pk, *point(c)) for c in new],
        )
        bulk.insert(Installation, ("meter_id", "point_id"), [(self._meters[c.key], self._points[c.key]) for c in new])
        moved = [c for c in changes if "unit" in c.old or "kind" in c.old]
        bulk.update(MeteringPoint, ("unit_id", "kind"), [(self._points[c.key], *point(c)) for c in moved])

    def _write_recurring(self) -> None:
        changes = self._comparison.recurring
        columns = ("start", "end", "rate", "discount", "billed_until")
        # Those that give way first: a meter's day must be free before somebody else takes it.
        self._update(RecurringCharge, columns, sorted(changes, key=_later_first))
        rows = []
        for change in changes:
            if change.is_new:
                lease, tariff, meter, space, _start = change.key
                links = (
                    self._accounts[lease],
                    self._tariffs[tariff],
                    self._units[self._lease_units[lease]],
                    None if meter is None else self._points[meter],
                    None if space is None else self._spaces[space],
                )
                rows.append((self.property.pk, *links, *(change.values[name] for name in columns)))
        bulk.insert(
            RecurringCharge,
            ("property_id", "account_id", "tariff_id", "unit_id", "point_id", "space_id", *columns),
            rows,
        )

    def _write_readings(self) -> None:
        """New readings are added; a changed one supersedes the old, which stays as it was read."""
        changed = [c for c in self._comparison.readings if c.is_new or c.old]
        ids = bulk.draw_ids(Reading, len(changed))
        successors = [(c.stored.id, key) for c, key in zip(changed, ids, strict=True) if c.stored is not None]
        bulk.update(Reading, ("superseded_by_id",), successors)
        bulk.insert(
            Reading,
            ("id", "property_id", "meter_id", "date", "value", "is_rollover", "source", "read_by_id", "created_at"),
            [
                (
                    key,
                    self.property.pk,
                    self._meters[c.key[0]],
                    c.key[1],
                    c.values["value"],
                    c.values["rollover"],
                    ReadingSource.WORKBOOK,
                    self._by.pk if self._by else None,
                    self._at,
                )
                for c, key in zip(changed, ids, strict=True)
            ],
        )

    def _insert(
        self,
        model: Any,
        columns: tuple[str, ...],
        changes: list[Change],
        ids: dict[Any, int],
        values: Callable[[Change], tuple[Any, ...]],
    ) -> list[Change]:
        """Inserts what is new and remembers its keys; answers what was new."""
        new = [change for change in changes if change.is_new]
        for change, key in zip(new, bulk.draw_ids(model, len(new)), strict=True):
            ids[change.key] = key
        bulk.insert(model, ("id", *columns), [(ids[change.key], *values(change)) for change in new])
        return new

    def _update(
        self,
        model: Any,
        columns: tuple[str, ...],
        changes: list[Change],
        values: Callable[[Change], tuple[Any, ...]] | None = None,
    ) -> None:
        """Updates what was there and is another now."""
        taken = values or (lambda change: tuple(change.values[name] for name in columns))
        rows = [(c.stored.id, *taken(c)) for c in changes if c.stored is not None and c.old]
        bulk.update(model, columns, rows)


def _later_first(change: Change) -> tuple[bool, date]:
    """Sorts what gets shorter before what gets longer, and the later before the earlier."""
    end = change.old.get("end", change.values["end"])
    shorter = end is None or (change.values["end"] is not None and change.values["end"] <= end)
    return not shorter, change.values["start"]
