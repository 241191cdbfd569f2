"""Signatures: who must have signed before goods change hands (A19-1, AMB-11)."""

from __future__ import annotations

from typing import Any

from services.inventory.domain.refusals import SignatureRequired
from shared.privacy.personal import Personal, reveal

Signature = dict[str, Any]
"""``signer`` and ``image`` are personal; ``capacity``, ``method`` and ``signed_on`` are what rules decide on."""

FINGERPRINT = "fingerprint_witnessed"


def check_signed(signature: Signature | None, missing: str, *, field: str) -> Signature:
    """The signature itself. Raises `SignatureRequired` if nobody signed."""
    if not signature:
        raise SignatureRequired(field=field, missing=missing)
    return signature


def check_beneficiary_signed(signature: Signature | None, witness: Personal | None) -> Signature:
    """The beneficiary signs, or puts a fingerprint before a witness; without either nothing is delivered."""
    signed = check_signed(signature, "la del beneficiario, o su huella ante un testigo", field="beneficiary")
    if signed["method"] == FINGERPRINT and not reveal(witness):
        raise SignatureRequired(field="witness", missing="el nombre del testigo que vio poner la huella")
    return signed
