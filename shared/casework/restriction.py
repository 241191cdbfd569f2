"""Restriction of processing in one service: which classes of whose data are kept and not touched (X-12).

Intake decides and says so; every service, intake too, keeps it as claims, so that it is known in the transaction that
asks for it. The rules that heed it are in `shared.runtime.heeding`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.contracts import contract
from shared.contracts.envelope import Envelope
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.heeding import OF_CASE, OF_SUBJECT, key_of

RESTRICTED = "intake.ProcessingRestricted"
LIFTED = "intake.RestrictionLifted"


def restrict(uow: UnitOfWork, case_id: UUID, subject: UUID, data_class: str) -> None:
    """From this commit on the class of the person's data is restricted here; told again, nothing changes."""
    for kind, owner in ((OF_SUBJECT, subject), (OF_CASE, case_id)):
        key = key_of(owner, data_class)
        if uow.claimed(kind, key) is None:
            uow.claim(kind, key, subject)


def lift(uow: UnitOfWork, case_id: UUID, subject: UUID, data_class: str) -> None:
    """From this commit on the class may be processed again."""
    for kind, owner in ((OF_SUBJECT, subject), (OF_CASE, case_id)):
        uow.release(kind, key_of(owner, data_class), subject)


def restricted(_app: Any, uow: UnitOfWork, event: Envelope) -> None:
    """Intake restricted a class of a person's data."""
    data = contract(event.topic).read(event.data)
    restrict(uow, event.subject, data["subject_id"], data["data_class"])


def lifted(_app: Any, uow: UnitOfWork, event: Envelope) -> None:
    """Intake lifted it."""
    data = contract(event.topic).read(event.data)
    lift(uow, event.subject, data["subject_id"], data["data_class"])


REACTIONS = {RESTRICTED: restricted, LIFTED: lifted}
