"""The published vectors for proofs (transparency-dev): the verdict on every one is theirs."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from shared.audit.merkle import verify_consistency, verify_inclusion

PLACES = [folder / "shared" / "data" / "tlog-vectors" for folder in Path(__file__).resolve().parents[3].parents]
VECTORS = next((place for place in PLACES if place.is_dir()), None)
COUNT = 98
pytestmark = pytest.mark.skipif(VECTORS is None, reason="the vectors lie beside the checkout, and here they do not")


def vectors(kind: str) -> list[dict[str, Any]]:
    assert VECTORS is not None
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{kind}.json").read_text("utf-8"))
    assert len(found) == COUNT
    return found


def decoded(text: str | None) -> bytes:
    return b64decode(text or "")


def proof_of(vector: dict[str, Any]) -> list[bytes]:
    return [decoded(each) for each in vector["proof"] or ()]


def test_every_vector_of_inclusion_agrees() -> None:
    for vector in vectors("inclusion"):
        leaf, root = decoded(vector["leafHash"]), decoded(vector["root"])
        right = verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof_of(vector), root)
        assert right is not vector["wantErr"], vector["name"]


def test_every_vector_of_consistency_agrees() -> None:
    for vector in vectors("consistency"):
        roots = decoded(vector["root1"]), decoded(vector["root2"])
        right = verify_consistency(vector["size1"], vector["size2"], *roots, proof_of(vector))
        assert right is not vector["wantErr"], vector["name"]
