"""Events of the gateway's own store: roles, data-subject requests, orders to destroy a key (requirements 9)."""

from __future__ import annotations

from shared.contracts.events import Service
from shared.contracts.every_service import DATA_CLASS, every_service
from shared.contracts.published import Id

gateway = Service("gateway")

CONTRACTS = (
    gateway.event("KeyDestroyed", (), "S", subject_key_id=Id(), data_class=DATA_CLASS),
    gateway.event("ProcessingRestricted", (), "S", subject_id=Id(), data_class=DATA_CLASS),
    gateway.event("RestrictionLifted", (), "S", subject_id=Id(), data_class=DATA_CLASS),
    *gateway.kept_inside(
        "RoleGranted",
        "RoleEnded",
        "DataRequestOpened",
        "DataRequestAnswered",
        "KeyDestructionRequested",
        "LegalHoldRequested",
        "LegalHoldPlaced",
        "LegalHoldLiftRequested",
        "LegalHoldLifted",
    ),
    *every_service(gateway),
)
