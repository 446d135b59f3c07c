"""Addresses of lists: what is understood, what is passed over, how pages are linked."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Q
from django.test import RequestFactory
from django.utils import timezone, translation

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.services import user_create
from yuju.kit.console import (
    BooleanFilter,
    ChoiceFilter,
    Column,
    ConsoleSite,
    DateRangeFilter,
    Listing,
    ModelConsole,
    Money,
    StateColumn,
    Tab,
    selection,
)
from yuju.kit.console import listing as listing_module
from yuju.kit.console.forms import fingerprint
from yuju.kit.console.selection import Selection
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.residency.choices import Category
from yuju.residency.models import Resident, ResidentTag, Tag


class Residents(ModelConsole[Resident]):
    model = Resident
    slug = "trial"
    title = title_one = "Trial"
    view_permission = "residents.view"
    columns = (
        Column("name", "Name", sort="name_sort"),
        Column("ref", "Number", sort=("property__code", "ref")),
        Column("made", "Made", sort=("created_at", "name_sort")),
    )
    filters = (
        ChoiceFilter("category", "Category", Category.choices),
        DateRangeFilter("made", "Made", lookup="created_at__date"),
        BooleanFilter("marked", "Marked", yes=Q(tags__isnull=False)),
    )
    tabs = (Tab("all", "All"), Tab("owners", "Owners", Q(category=Category.OWNER)))
    ordering = ("name_sort",)


def listing(query: str) -> Listing:
    return Listing(Residents(ConsoleSite("trial")), RequestFactory().get("/" + query))


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", "?"),
        ("?tab=owners&q=zs&category=owner&sort=-name&page=3&per=50", None),
        ("?tab=all&sort=&page=1&per=25", "?"),
        ("?tab=x&sort=phone&page=-2&per=13&category=cat&marked=maybe", "?"),
        ("?category=owner&category=long_term", "?category=long_term&category=owner"),
        ("?made_from=2026-02-30&made_to=2026-03-01", "?made_to=2026-03-01"),
        ("?made_from=20260301", "?made_from=2026-03-01"),
        ("?q=%00zs%00", "?q=zs"),
        ("?sort=-name,ref", None),
        ("?sort=name,-name,nothing,,ref", "?sort=name,ref"),
        ("?cols=ref,name", None),
        ("?cols=ref,phone,ref", "?cols=ref"),
        ("?view=7&q=zs", "?q=zs"),
        ("?from=x&page=2", "?page=2"),
    ],
)
def test_an_address_keeps_what_it_means(query: str, kept: str | None) -> None:
    assert listing(query).state.query() == (query if kept is None else kept)


def test_a_chip_says_its_values_and_takes_itself_away() -> None:
    with translation.override("en"):
        found = listing("?q=zs&category=owner&made_from=2026-01-01&page=4")
        (category, without), (made, _without), (marked, none) = found.filter_chips
    assert (category.text, without) == ("Owner", "?q=zs&made_from=2026-01-01")
    assert made.text == "from 2026-01-01"
    assert (marked.active, none) == (False, "")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["name_sort", "pk"]),
        ("name", ["name_sort", "pk"]),
        ("-name", ["-name_sort", "-pk"]),
        ("-ref", ["-property__code", "-ref", "-pk"]),
        ("ref,-name", ["property__code", "ref", "-name_sort", "pk"]),
        ("-name,-ref,name", ["-name_sort", "-property__code", "-ref", "-pk"]),
        ("made,-name", ["created_at", "-name_sort", "pk"]),
        ("nothing,-made", ["-created_at", "-name_sort", "-pk"]),
    ],
)
def test_the_id_decides_where_nothing_else_does(sort: str, order: list[str]) -> None:
    assert listing(f"?sort={sort}").ordering == order


@pytest.mark.parametrize(
    ("sort", "name", "alone", "added", "place", "leads"),
    [
        ("", "name", "name", "name", 0, False),
        ("name", "name", "-name", "-name", 0, True),
        ("-name", "name", "name", "", 0, True),
        ("name", "ref", "ref", "name,ref", 0, False),
        ("name,ref", "name", "name", "-name,ref", 1, True),
        ("name,ref", "ref", "ref", "name,-ref", 2, False),
        ("name,-ref", "ref", "ref", "name", 2, False),
    ],
)
def test_a_head_sorts_alone_or_as_well(sort: str, name: str, alone: str, added: str, place: int, leads: bool) -> None:
    found = next(one for one in listing(f"?sort={sort}").headings if one.column.name == name)
    assert (found.query, found.added) == (f"?sort={alone}", f"?sort={added}" if added else "?")
    assert (found.place, found.leads) == (place, leads)


@pytest.mark.parametrize(
    ("page", "total", "numbers"),
    [
        (1, 10, [1]),
        (1, 100, [1, 2, None, 4]),
        (3, 100, [1, 2, 3, 4]),
        (12, 600, [1, None, 11, 12, 13, None, 24]),
        (99, 600, [1, None, 23, 24]),
    ],
)
def test_pages_far_away_are_left_out(page: int, total: int, numbers: list[int | None]) -> None:
    found = listing(f"?page={page}")
    found.__dict__["total"] = total
    assert [number for number, _query in found.page_links] == numbers


@pytest.mark.django_db
def test_a_row_with_many_of_what_is_filtered_by_is_listed_once(operator: object) -> None:
    # Given a resident with two tags, and one without
    place = Property.objects.create(code="P", name="P")
    one, _other = (Resident.objects.create(property=place, ref=ref, name=ref) for ref in ("A", "B"))
    for name in ("loud", "late"):
        ResidentTag.objects.create(resident=one, tag=Tag.objects.create(name=name))

    # When the list is narrowed to those with tags
    found = listing("?marked=yes")
    found.request.user = _manager()

    # Then it is there once, in the rows, in the count and in an export
    assert [row.pk for row in found.rows] == [one.pk]
    assert found.total == 1
    assert Selection(found, None).ordered_ids() == [one.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("large", [False, True])
def test_a_list_is_turned_only_so_far_and_says_so(
    operator: object, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    # Given more residents than are paged through
    monkeypatch.setattr(listing_module, "FARTHEST", 50)
    place = Property.objects.create(code="P", name="P")
    Resident.objects.bulk_create(Resident(property=place, ref=f"{n:02}", name_sort=f"{n:02}") for n in range(51))

    def opened(page: int) -> Listing:
        found = listing(f"?page={page}")
        found.__dict__["counts_later"] = large
        found.request.user = _manager()
        return found

    # Then a page beyond is the last one that is turned to, which leads no further and says that there are more
    first, last = opened(1), opened(3)
    assert (first.next_query, first.breaks_off) == ("?page=2", False)
    assert [row.ref for row in last.rows] == [f"{n:02}" for n in range(25, 50)]
    assert (last.page, last.next_query, last.breaks_off) == (2, "", True)
    # And an export holds all
    assert len(Selection(last, None).ordered_ids()) == 51


def _manager() -> User:
    found = User.objects.filter(username="u").first()
    return found or user_create(
        username="u", name="", password="long enough to do", postings=[(Role.MANAGER, None)], by=None, at=timezone.now()
    )


def test_two_filters_may_not_share_a_parameter() -> None:
    class Twice(Residents):
        filters = (ChoiceFilter("sort", "Sort", ()),)

    with pytest.raises(ValueError, match="sort"):
        Twice(ConsoleSite("trial"))


@pytest.mark.parametrize(
    ("column", "row", "exported"),
    [
        (Column("a.b", ""), {"a": None}, None),
        (Money("due", "", settled="Paid up"), {"due": Decimal(0)}, Decimal(0)),
        (Money("due", ""), {"due": Decimal("-20.5")}, Decimal("-20.5")),
        (StateColumn("category", ""), {"category": "owner", "get_category_display": lambda: "Owner"}, "Owner"),
    ],
)
def test_columns_export_what_they_mean(column: Column, row: dict[str, Any], exported: Any) -> None:
    context: Any = None
    assert column.exported(SimpleNamespace(**row), context) == exported


def test_a_fingerprint_changes_with_any_value() -> None:
    before = {"name": "林晓彤", "area": Decimal("62.50"), "tags": [2, 1]}
    assert fingerprint(before) == fingerprint({**before, "tags": [1, 2]})
    for change in ({"name": "林晓"}, {"area": None}, {"tags": [1]}):
        assert fingerprint(before) != fingerprint({**before, **change})


def test_more_rows_than_may_be_ticked_are_refused_and_none_of_them_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MOST_TICKED", 2)

    def posted(ids: str) -> Selection:
        request = RequestFactory().post("/", {"ids": ids})
        return Selection.posted(Listing(Residents(ConsoleSite("trial")), request))

    assert posted("3,1,3").ids == (1, 3)
    with pytest.raises(Refused) as refused:
        posted("1,2,3")
    assert refused.value.code == "many"
