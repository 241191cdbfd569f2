"""SOD-4: what changes the books without goods moving takes two people, and never who keeps the goods."""

from __future__ import annotations

from uuid import UUID

from services.inventory.domain.refusals import AlreadyDecided
from shared.catalogue.refusals import SeparationOfDuties
from shared.catalogue.types import Act

KEEPER = "warehouse_keeper"
PROPOSED, APPROVED, REJECTED = "proposed", "approved", "rejected"


def check_not_keeper(act: Act, does: str) -> None:
    """Refuse with `SeparationOfDuties` if any grant of the person, not only the one used, makes them a keeper."""
    if KEEPER in act.roles:
        raise SeparationOfDuties(rule="SOD-4", explanation=f"quien custodia el almacén no puede ser quien {does}.")


def check_decision(act: Act, state: str, proposed_by: UUID, what: str) -> None:
    """Refuse with `AlreadyDecided`, or with `SeparationOfDuties` if the proposer or a keeper decides."""
    if state != PROPOSED:
        raise AlreadyDecided(what=what)
    if act.person == proposed_by:
        raise SeparationOfDuties(rule="SOD-4", explanation=f"quien propuso {what} no puede ser quien decide.")
    check_not_keeper(act, f"decide {what}")
