"""Recorded changes in words."""

from django.utils import translation

from yuju.billing.models import BillingCalendar
from yuju.kit.changes import changes_words
from yuju.residency.models import Tag


def test_yes_and_no_and_choices_are_said_by_their_names():
    with translation.override("zh-hans"):
        assert changes_words(BillingCalendar, {"is_on": ["False", "True"]}).endswith("否 → 是")
        assert changes_words(Tag, {"tone": ["mute", "vio"]}) == "显示为 普通 → 关照"
    with translation.override("en"):
        assert changes_words(Tag, {"tone": ["mute", "vio"]}) == "shown as Plain → Care need"


def test_several_changes_stand_in_one_line_and_nothing_is_a_dash():
    with translation.override("zh-hans"):
        said = changes_words(None, {"area": [None, "62.50"], "floor": ["3", ""]})
    assert said == "area — → 62.50；floor 3 → —"


def test_a_field_may_be_called_by_another_name():
    with translation.override("zh-hans"):
        assert changes_words(Tag, {"rent": ["1.00", "2.00"]}, {"rent": "月租金"}.get) == "月租金 1.00 → 2.00"
