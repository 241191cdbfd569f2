"""The personal directory: fingerprints to find people by, and the sealed line that shows who they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from services.intake.domain.duplicates import name_key
from shared.privacy.blind_index import BlindIndex
from shared.privacy.keys import KeyRing
from shared.privacy.personal import Personal
from shared.privacy.sealing import open_sealed, place, seal

_directories: WeakKeyDictionary[KeyRing, Directory] = WeakKeyDictionary()


class Directory:
    """Seals and finds the identities of one service's people with its key ring."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._index = BlindIndex(keys.service_key("blind-index"))

    @classmethod
    def of(cls, keys: KeyRing) -> Directory:
        """The directory of a key ring; its index key is read once."""
        known = _directories.get(keys)
        if known is None:
            known = _directories[keys] = cls(keys)
        return known

    def document(self, doc_type: str, number: str) -> str:
        """The fingerprint of a document; the number normalised."""
        return self._index.of("document", doc_type, number)

    def alike(self, names: str, birth_date: str) -> str:
        """The fingerprint that people of the same name key and birth date (ISO) share."""
        return self._index.of("likeness", name_key(names), birth_date)

    def household(self, call_id: UUID, name: str) -> str:
        """The fingerprint of a household's name within the lists of a call."""
        return self._index.of("household", str(call_id), name)

    def entry(self, case_id: UUID, identity: Personal) -> dict[str, Any]:
        """The columns of a person's line: two fingerprints and the sealed identity."""
        facts, shown = identity.value, self.shown(identity)
        birth_date = facts.get("birth_date")
        return {
            "document_index": self.document(facts["doc_type"], facts["doc_no"]),
            "likeness_index": self.alike(facts["names"] + facts["surnames"], birth_date) if birth_date else None,
            "person": seal(self._keys, Personal(identity.subject, "i", shown), _context(case_id)),
        }

    def shown(self, identity: Personal) -> dict[str, Any]:
        """What a person's line shows of an identity; every value None once erased."""
        facts = identity.value or {}
        return {name: facts.get(name) for name in ("names", "surnames", "doc_type", "doc_no", "birth_date")}

    def open(self, case_id: UUID, sealed: str) -> Personal:
        """The identity in a person's line; its value is None once erased."""
        return open_sealed(self._keys, sealed, _context(case_id))


def _context(case_id: UUID) -> bytes:
    return place("intake.people", case_id, "person")
