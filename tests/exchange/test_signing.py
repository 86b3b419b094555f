"""Keys and signatures: one canonical text, keys that are read strictly, room for another algorithm."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.core import signing
from jingban.core.signing import (
    NotCanonical,
    PublicKey,
    PublicKeyWrong,
    SigningKeysWrong,
    SigningRing,
    canonical,
    new_signing_setting,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_one_value_has_one_text_that_reads_back(value: object) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


def test_the_order_of_keys_does_not_matter_and_fractions_are_refused() -> None:
    assert canonical({"b": 1, "a": "余"}) == canonical({"a": "余", "b": 1}) == '{"a":"余","b":1}'.encode()
    for value in (0.5, {"a": [1, 2.0]}, {1: "a"}):
        with pytest.raises(NotCanonical):
            canonical(value)


def test_a_signature_is_good_for_its_text_and_key_only() -> None:
    ring, other = (SigningRing.from_setting(new_signing_setting()) for _ in range(2))
    signature = ring.current.sign(b"letter")
    assert ring.current.public.verifies(signature, b"letter")
    assert not ring.current.public.verifies(signature, b"Letter")
    assert not ring.current.public.verifies(b"", b"letter")
    assert not other.current.public.verifies(signature, b"letter")
    assert repr(ring.current.private) not in repr(ring)


def test_a_public_key_is_written_in_one_line() -> None:
    public = SigningRing.from_setting(new_signing_setting()).current.public
    assert PublicKey.parse(f" {public.text}\n") == public
    assert len(public.id) == 16
    for text in ("", "ed25519", "rsa:AAAA", "ed25519:AAAA", "ed25519:###", public.text[:-4]):
        with pytest.raises(PublicKeyWrong):
            PublicKey.parse(text)


def test_an_older_key_still_verifies_after_a_rotation() -> None:
    setting = new_signing_setting()
    before = SigningRing.from_setting(setting)
    signature = before.current.sign(b"letter")
    setting["keys"]["2"] = new_signing_setting()["keys"]["1"]
    after = SigningRing.from_setting({**setting, "current": 2})
    assert after.current.public != before.current.public
    assert any(key.verifies(signature, b"letter") for key in after.public_keys)


@pytest.mark.parametrize(
    "setting",
    [{}, {"current": 1}, {"current": 2, "keys": {}}, {"current": 1, "keys": {"1": {"algorithm": "x", "key": "AA"}}},
     {"current": 1, "keys": {"1": {"algorithm": "ed25519", "key": "AAAA"}}}, {"current": 1, "keys": []}],
)  # fmt: skip
def test_a_broken_setting_says_where_to_look(setting: dict[str, object]) -> None:
    with pytest.raises(SigningKeysWrong, match="JINGBAN_SIGNING_KEYS"):
        SigningRing.from_setting(setting)


class _Toy:
    """Stands for SM2: another algorithm behind the same interface."""

    def new(self) -> bytes:
        return b"t" * 32

    def public(self, private: bytes) -> bytes:
        return hashlib.sha256(private).digest()

    def sign(self, private: bytes, data: bytes) -> bytes:
        return hashlib.sha256(self.public(private) + data).digest()

    def verifies(self, public: bytes, signature: bytes, data: bytes) -> bool:
        return signature == hashlib.sha256(public + data).digest()


def test_another_algorithm_is_one_more_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(signing.ALGORITHMS, "toy", _Toy())
    ring = SigningRing.from_setting(new_signing_setting("toy"))
    assert PublicKey.parse(ring.current.public.text).verifies(ring.current.sign(b"x"), b"x")
