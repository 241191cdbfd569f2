"""SOD-3: who booked goods in, who asks for them and who releases them are three people for every lot."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shared.catalogue.refusals import SeparationOfDuties

BOOKED = "registró el FO-110 de estos bienes"
REQUESTED = "solicitó el retiro"
RELEASED = "autorizó el FO-128"
HANDLED = "solicitó, autorizó o retiró bienes de ese lote"


def check_apart(person: UUID, does: str, *others: tuple[str, Collection[UUID]]) -> None:
    """Refuse with `SeparationOfDuties` if ``person``, who ``does`` something now, is among those who did another.

    Natural persons are compared, so that a second account or role of the same person does not pass.
    """
    for did, people in others:
        if person in people:
            raise SeparationOfDuties(rule="SOD-3", explanation=f"quien {did} no puede ser quien {does}.")
