"""Encryption at rest and keyed hashes."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit import crypto
from yuju.kit.crypto import KeyRing, MissingKey, Undecipherable
from yuju.kit.fields import EncryptedTextField
from yuju.kit.tenancy import NoOperator, operator_context


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> Path:
    settings.YUJU_KEYS_DIR = tmp_path / "keys"
    return tmp_path / "keys"


def secret_field() -> EncryptedTextField:
    """A field as if it stood on a model; nothing is registered."""
    field = EncryptedTextField(blank=True)
    field.set_attributes_from_name("id_number")
    field.model = type("Stub", (), {"_meta": type("Meta", (), {"label_lower": "residency.resident"})})
    return field


@given(st.text())
def test_a_value_comes_back(plain: str) -> None:
    with operator_context(1):
        assert crypto.decrypt(crypto.encrypt(plain, "a.b.c"), "a.b.c") == plain


def test_the_same_value_is_never_stored_the_same_way() -> None:
    with operator_context(1):
        assert crypto.encrypt("13800136021", "x") != crypto.encrypt("13800136021", "x")


def test_another_operator_or_field_can_not_open_it() -> None:
    with operator_context(1):
        token = crypto.encrypt("330106199001012846", "residency.resident.id_number")
        with pytest.raises(Undecipherable):
            crypto.decrypt(token, "residency.resident.phone")
    with operator_context(2), pytest.raises(Undecipherable):
        crypto.decrypt(token, "residency.resident.id_number")
    with pytest.raises(NoOperator):
        crypto.decrypt(token, "residency.resident.id_number")


def test_an_altered_value_is_noticed() -> None:
    with operator_context(1):
        token = crypto.encrypt("secret", "x")
        altered = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
        for wrong in (altered, "secret", "", "9.AAAA"):
            with pytest.raises(Undecipherable):
                crypto.decrypt(wrong, "x")


def test_older_values_stay_readable_after_a_key_is_added(keys: Path) -> None:
    ring, elsewhere = KeyRing(keys), KeyRing(keys)
    old = ring.encrypt("secret", "x")
    assert ring.add_key() == 2
    new = ring.encrypt("secret", "x")
    assert (old[:2], new[:2]) == ("1.", "2.")
    assert ring.decrypt(old, "x") == elsewhere.decrypt(new, "x") == "secret"


def test_a_key_added_by_another_process_is_used_from_the_next_value_on(keys: Path) -> None:
    ring, elsewhere = KeyRing(keys), KeyRing(keys)
    assert ring.encrypt("secret", "x").startswith("1.")
    elsewhere.add_key()
    assert ring.encrypt("secret", "x").startswith("2.")


def test_a_value_is_moved_to_the_newest_key_once(keys: Path) -> None:
    ring = KeyRing(keys)
    old = ring.encrypt("secret", "x")
    ring.add_key()
    new = ring.reseal(old, "x")
    assert new.startswith("2.")
    assert ring.decrypt(new, "x") == "secret"
    assert ring.reseal(new, "x") == new
    with pytest.raises(Undecipherable):
        ring.reseal(old, "y")


def test_the_number_of_a_missing_key_is_not_given_again_nor_hashes_made_without_theirs(keys: Path) -> None:
    # Given data that was restored without its keys
    keys.mkdir(parents=True)
    for name in ("1.missing", "2.missing", "hash.missing"):
        (keys / name).touch()

    ring = KeyRing(keys)

    assert ring.newest == 3
    assert not (keys / "hash.key").exists()
    with pytest.raises(MissingKey, match="key 2 is not in"):
        ring.decrypt("2.AAAA", "x")
    with pytest.raises(MissingKey, match=r"hash\.key is not in"):
        ring.hash("13800136021", "phone")


def test_keys_are_for_this_user_only(keys: Path) -> None:
    KeyRing(keys)
    assert {p.name for p in keys.iterdir()} == {"1.key", "hash.key"}
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in keys.iterdir())


def test_a_hash_depends_on_value_purpose_operator_and_key(keys: Path, settings: Any, tmp_path: Path) -> None:
    with operator_context(1):
        first = crypto.keyed_hash("13800136021", "phone")
        assert crypto.keyed_hash("13800136021", "phone") == first
        others = {crypto.keyed_hash("13800136022", "phone"), crypto.keyed_hash("13800136021", "id_number")}
    with operator_context(2):
        others.add(crypto.keyed_hash("13800136021", "phone"))
    settings.YUJU_KEYS_DIR = tmp_path / "other"
    with operator_context(1):
        others.add(crypto.keyed_hash("13800136021", "phone"))
    assert len(others - {first}) == 4


def test_the_field_stores_cipher_text_and_reads_plain_text() -> None:
    field = secret_field()
    with operator_context(1):
        stored = field.get_prep_value("330106199001012846")
        assert "3301" not in stored
        assert field.from_db_value(stored, None, None) == "330106199001012846"
    assert (field.get_prep_value(""), field.get_prep_value(None)) == ("", None)
    assert field.from_db_value("", None, None) == ""


def test_the_field_can_not_be_searched() -> None:
    assert secret_field().get_lookup("isnull") is not None
    for lookup in ("exact", "contains", "in"):
        assert secret_field().get_lookup(lookup) is None
