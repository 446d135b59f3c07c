"""The search box."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operators import make_operator
from yuju.kit import search
from yuju.kit.models import records
from yuju.kit.search import Row
from yuju.kit.tenancy import operator_context

ZHANG = Row(
    1,
    "张三丰",
    "3栋 1602",
    property_id=10,
    people=["张三丰"],
    rooms=[("3栋", "1单元", "1602")],
    secrets=["138 0013 6021", "33010619900101284X"],
    plates=["浙A·12B45"],
)
ZENG = Row(2, "曾强", "A座 801", property_id=20, people=["曾强"], rooms=[("A座", "801")])
LEASE = Row(1, "HT-2026-0042", "张三丰", property_id=10, people=["张三丰"], numbers=["HT-2026-0042"])


@pytest.fixture
def indexed(operator: Any) -> Any:
    search.index("resident", [ZHANG, ZENG])
    search.index("lease", [LEASE])
    return operator


def found(query: str, **options: Any) -> list[tuple[str, int]]:
    return sorted((hit.kind, hit.object_id) for hit in search.find(query, **options))


@pytest.mark.parametrize(
    "query",
    [
        "张三丰", "三丰", "丰", "张", "zhangsanfeng", "zhangs", "sanfeng", "zsf", "ZSF", "sf", "zs",
        "3栋1602", "3-1602", "3-1-1602", "3栋1单元1602室", "1602", "160", "3#1602", "3号楼1602",
        "13800136021", "+8613800136021", "138-0013-6021", "6021",
        "33010619900101284x", "284X", "浙A12B45", "a12b", "2B45", "张 1602", "zsf 6021", "  张三  ",
    ],
)  # fmt: skip
def test_a_resident_is_found_by(indexed: Any, query: str) -> None:
    assert found(query, kinds=["resident"]) == [("resident", 1)]


@pytest.mark.parametrize(
    "query", ["", "   ", "王", "zsx", "z", "张 801", "9999", "13800136020", "'", "\\", "a & b | !c", "0013", "_"]
)
def test_nothing_is_found_by(indexed: Any, query: str) -> None:
    assert found(query) == []


def test_a_surname_is_found_by_both_readings(indexed: Any) -> None:
    assert found("zengq") == found("cengq") == found("zq") == [("resident", 2)]
    assert found("a801") == found("a-801") == found("A座801") == [("resident", 2)]


def test_numbers_are_found_by_their_parts(indexed: Any) -> None:
    for query in ("HT-2026-0042", "ht-2026", "0042", "2026-0042"):
        assert found(query) == [("lease", 1)]


def test_whole_words_come_first(operator: Any) -> None:
    search.index("unit", [Row(n, f"{n}", rooms=[("1", f"{n}")]) for n in (16020, 16021, 160, 1602)])
    assert [hit.title for hit in search.find("1602")] == ["1602", "16020", "16021"]
    assert [hit.title for hit in search.find("1602", limit=2)] == ["1602", "16020"]


def test_kinds_and_properties_narrow_the_search(indexed: Any) -> None:
    assert found("张三") == [("lease", 1), ("resident", 1)]
    assert found("张三", kinds=["lease"]) == [("lease", 1)]
    assert found("张三", property_ids=[20]) == []
    assert found("张三", kinds=["resident"], property_ids=[10, 20]) == [("resident", 1)]
    assert found("张三", property_ids=[]) == []


def test_another_operator_finds_nothing(indexed: Any) -> None:
    with operator_context(make_operator().pk):
        assert found("张三") == []
        assert found("6021") == []
        search.index("resident", [ZENG])
        assert found("曾") == [("resident", 2)]
        assert records.SearchKey.objects.count() == 1


def test_indexing_again_replaces_and_leaves_the_same_alone(indexed: Any) -> None:
    assert search.index("resident", [ZHANG, ZENG]) == 0
    assert search.index("resident", [Row(1, "李四", people=["李四"]), ZENG]) == 1
    assert found("zsf", kinds=["resident"]) == []
    assert found("ls") == [("resident", 1)]


def test_what_is_removed_is_not_found(indexed: Any) -> None:
    search.remove("resident", [1])
    assert found("张三") == [("lease", 1)]


def test_phones_and_document_numbers_are_not_in_the_keys(indexed: Any) -> None:
    keys = " ".join(records.SearchKey.objects.values_list("keys", flat=True))
    assert "13800136021" not in keys
    assert "6021" not in keys
    assert "2846" not in keys


def test_more_match_than_a_list_is_narrowed_to(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    search.index("resident", [Row(number, "王建国", people=["王建国"]) for number in range(1, 4)])
    search.index("unit", [Row(1, "王府", places=["王府"])])
    monkeypatch.setattr(search, "MATCHED_AT_MOST", 3)
    assert not search.more_match("王", "resident", "unit")
    monkeypatch.setattr(search, "MATCHED_AT_MOST", 2)
    assert search.more_match("王", "unit", "resident")
    assert not search.more_match("王", "unit")
    assert not search.more_match("", "resident")
