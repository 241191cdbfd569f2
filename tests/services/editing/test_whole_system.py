"""A publication in the running system: every service and the gateway decide by it (X-03)."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from services.gateway.hosting import LocalSystem
from shared.catalogue.types import Act
from shared.eventstore.metadata import Meta
from shared.runtime.clock import today
from tests.services.editing.press import most_age


def publish(intake: Any, text: str) -> None:
    """Draft and approve, without going through the gateway."""
    approver, meta = uuid4(), Meta(happened_on=today(), channel="system", command="LoadCatalogueDraft")
    procedure = intake.catalogue.procedure("PR-156", today())

    def act(command: str, person: UUID) -> Act:
        return Act(command=command, person=person, role="", on=today(), today=today(), procedure=procedure)

    file = intake.files.put(io.BytesIO(text.encode()), subject=None, kind="m", media_type="", name="version.yaml")
    fields = {"owner": "intake", "kind": "parameter", "file": file.id, "approvers": [approver], "reason": None}
    draft = act("LoadCatalogueDraft", uuid4())
    found = intake.transact(meta, lambda uow: intake.load_catalogue_draft(uow, draft, **fields))
    approval, version = act("ApproveCatalogueVersion", approver), UUID(found.result["id"])
    intake.transact(meta, lambda uow: intake.approve_catalogue_version(uow, approval, version, reason=None))


def values(system: LocalSystem, on: date) -> set[object]:
    """What the six stores' catalogues say of P-03 on a date."""
    applications: list[Any] = [one.application for one in system.host.services.values()]
    applications.append(system.edge.assembled.application)
    assert len(applications) == 6
    return {each.catalogue.parameter("P-03", on) for each in applications}


def test_every_service_and_the_gateway_take_a_publication_over(tmp_path: Path) -> None:
    """X-03, CAT-10: published in intake while the system serves; after a restart it stands."""
    soon = today() + timedelta(days=3)
    system = LocalSystem(tmp_path)
    try:
        system.host.start()
        publish(system.host.services["intake"].application, most_age(soon.isoformat()))
        system.host.settle()
        assert (values(system, today()), values(system, soon)) == ({59}, {64})
    finally:
        system.stop()
    system = LocalSystem(tmp_path)
    try:
        assert values(system, soon) == {64}
    finally:
        system.stop()
