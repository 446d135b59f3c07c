"""Tariffs and their prices: what is kept, what is refused, and what stays once something was billed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.billing_small import AT, issued, lease_of, tariffs_of
from yuju.billing.models import TariffVersion
from yuju.billing.pricing.text import TextFault
from yuju.billing.pricing.tiers import parse_tiers
from yuju.billing.services import fee_items, tariffs
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services import property_create


@pytest.fixture
def place(operator) -> Property:
    return property_create(code="here", name="青岚里公寓", by=None, at=AT)


def terms_of(tariff):
    return {name: getattr(tariff, name) for name in ("code", "name", "fee_item", *tariffs.FROZEN)}


class TestPrices:
    def test_a_formula_is_kept_in_normal_form(self):
        price = tariffs.price_of(basis="formula", rate=Decimal(3), tiers="180:5;*:7", formula=" ａrea＊rate ")
        assert price == {"rate": Decimal(3), "tiers": "", "formula": "area*rate"}

    def test_a_rate_that_the_formula_does_not_name_is_left_out(self):
        assert tariffs.price_of(basis="formula", rate=Decimal(3), tiers="", formula="rent")["rate"] is None

    @pytest.mark.parametrize(
        ("formula", "position", "found"),
        [("area * raet", 8, "raet"), ("open('x')", 1, "open"), ("area ** 2", 7, "*"), ("(area", 6, "")],
    )
    def test_a_bad_formula_names_the_place(self, formula, position, found):
        with pytest.raises(TextFault) as refused:
            tariffs.price_of(basis="formula", rate=None, tiers="", formula=formula)
        assert (refused.value.position, refused.value.found) == (position, found)
        assert refused.value.field == "formula"

    @pytest.mark.parametrize("text", ["260:7;180:5;*:9", "180:5;260:7", "*:5;180:6", "180;*:5"])
    def test_bad_tiers_are_refused_at_their_field(self, text):
        with pytest.raises(Refused) as refused:
            tariffs.price_of(basis="metered", rate=None, tiers=text, formula="")
        assert refused.value.field == "tiers"

    def test_one_price_and_tiers_together_are_refused(self):
        with pytest.raises(Refused):
            tariffs.price_of(basis="metered", rate=Decimal(1), tiers="*:1", formula="")

    @given(
        st.lists(
            st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9, unique_by=lambda t: t[0]
        )
    )
    def test_tiers_kept_read_as_the_tiers_typed(self, steps):
        typed = "；".join(f" {upto}：{price} " for upto, price in sorted(steps)) + "；*：1"
        kept = tariffs.price_of(basis="metered", rate=None, tiers=typed, formula="")["tiers"]
        assert parse_tiers(kept) == parse_tiers(typed)
        assert tariffs.price_of(basis="metered", rate=None, tiers=kept, formula="")["tiers"] == kept

    @given(st.decimals(max_value="-0.000001", min_value=-1000, allow_nan=False))
    def test_no_price_is_negative(self, rate):
        with pytest.raises(Refused):
            tariffs.price_of(basis="flat", rate=rate, tiers="", formula="")


@pytest.mark.django_db
class TestTariffs:
    def test_a_code_is_taken_once_in_a_property(self, place):
        tariffs_of(place)
        items = fee_items.fee_items_ensure()
        with pytest.raises(Refused) as refused:
            tariffs.tariff_create(
                property=place,
                code="RENT",
                name="again",
                fee_item=items["rent"],
                basis="flat",
                valid_from=date(2026, 1, 1),
                by=None,
                at=AT,
            )
        assert refused.value.field == "code"

    def test_terms_change_freely_until_something_is_billed(self, place):
        tariff = tariffs_of(place)["RENT"]
        tariffs.tariff_change(tariff=tariff, **{**terms_of(tariff), "cycle_months": 3}, due_days=7, by=None, at=AT)
        tariff.refresh_from_db()
        assert (tariff.cycle_months, tariff.due_days) == (3, 7)

    def test_what_was_billed_by_stays(self, place):
        # Given a tariff that issued bills were made by
        lease_of(place, 101)
        issued(place)
        tariff = tariffs_of(place)["RENT"]

        # When its cycle would change, it is refused with the field
        with pytest.raises(Refused) as refused:
            tariffs.tariff_change(tariff=tariff, **{**terms_of(tariff), "cycle_months": 3}, by=None, at=AT)
        assert refused.value.field == "cycle_months"

        # And a name still may
        tariffs.tariff_change(tariff=tariff, **{**terms_of(tariff), "name": "房租"}, due_days=3, by=None, at=AT)
        tariff.refresh_from_db()
        assert (tariff.name, tariff.due_days, tariff.cycle_months) == ("房租", 3, 1)

    def test_a_draft_freezes_nothing(self, place):
        from tests.support.billing_small import draft

        lease_of(place, 101)
        draft(place)
        tariff = tariffs_of(place)["RENT"]
        tariffs.tariff_change(tariff=tariff, **{**terms_of(tariff), "rounding": "yuan"}, by=None, at=AT)

    def test_a_second_price_on_one_day_is_refused(self, place):
        tariff = tariffs_of(place)["FEE"]
        with pytest.raises(Refused) as refused:
            tariffs.tariff_version_add(tariff=tariff, valid_from=date(2026, 1, 1), rate=Decimal(3), by=None, at=AT)
        assert refused.value.field == "valid_from"

    def test_a_price_that_was_billed_by_cannot_be_taken_away(self, place):
        lease_of(place, 101)
        tariff = tariffs_of(place)["FEE"]
        later = tariffs.tariff_version_add(tariff=tariff, valid_from=date(2026, 6, 1), rate=Decimal(3), by=None, at=AT)
        issued(place)
        first = tariff.versions.get(valid_from=date(2026, 1, 1))
        with pytest.raises(Refused):
            tariffs.tariff_version_remove(version=first, by=None, at=AT)
        tariffs.tariff_version_remove(version=later, by=None, at=AT)
        assert TariffVersion.objects.filter(tariff=tariff).count() == 1
        with pytest.raises(Refused):
            tariffs.tariff_version_remove(version=first, by=None, at=AT)


@pytest.mark.django_db
class TestFeeItems:
    def test_the_usual_ones_are_made_once(self, operator):
        first = fee_items.fee_items_ensure()
        assert {item.name for item in first.values()} == {
            "房租", "物业费", "水费", "电费", "燃气费", "停车费", "网络费", "其他"
        }  # fmt: skip
        assert {key: item.pk for key, item in fee_items.fee_items_ensure().items()} == {
            key: item.pk for key, item in first.items()
        }

    def test_a_name_is_taken_once(self, operator):
        item = fee_items.fee_items_ensure()["rent"]
        with pytest.raises(Refused):
            fee_items.fee_item_create(category="other", name=" 房租 ", by=None, at=AT)
        with pytest.raises(Refused):
            fee_items.fee_item_change(
                item=item,
                category="rent",
                name="水费",
                tax_rate=Decimal(0),
                revenue_account="",
                priority=1,
                by=None,
                at=AT,
            )
