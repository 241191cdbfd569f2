"""A case in the middle of its technical assistance, for the tests of what happens there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused

TECHNICAL, MATERIAL, COMMERCIAL = "technical_assistance", "materialisation", "commercial_management"


class Conducted:
    """A case with an approved plan, and who acts on it by default."""

    def __init__(self, field: Field, *components: str) -> None:
        self.field = field
        self.case = field.planned(*(components or ("b",)))
        self.rosa = field.desk.person("caseworker")

    def act(self, who: str, command: str, body: Any = None, *, on: str = "2026-11-16") -> Any:
        return self.field.desk.act(who, command, self.case, on=on, **(body or {}))

    def measured(self) -> Conducted:
        self.act("operator", "RecordMeasurement", bodies.measurement(self.rosa), on="2026-11-15")
        return self

    def visited(self, phase: str = TECHNICAL, on: str = "2026-11-18") -> Conducted:
        """A phase started, visited and evaluated."""
        visit = self.act("caseworker", "StartPhase", bodies.phase(phase, on))["visits"][0]
        self.act("caseworker", "RecordFollowUp", bodies.follow_up(phase, visit), on=on)
        self.act("caseworker", "EvaluateStage", bodies.stage(phase), on=on)
        return self

    def ready(self) -> Conducted:
        """Everything that the end of the process asks for is done."""
        self.measured()
        self.act("operator", "RecordComponentActivity", bodies.activity(self.rosa))
        self.act("caseworker", "DecideIncentive", {"decision": "no", "reason": "No lo necesita"})
        self.visited()
        self.act("caseworker", "ClosePhase", {"phase": TECHNICAL}, on="2026-11-18")
        result = bodies.measurement(self.rosa, "result")
        self.act("operator", "RecordMeasurement", result, on="2026-11-18")
        return self

    def completed(self) -> Conducted:
        self.ready()
        self.act("coordinator", "CompleteProcess", on="2026-11-19")
        return self

    def refused(self, code: str, who: str, command: str, body: Any = None, *, on: str = "2026-11-16") -> Refused:
        with pytest.raises(Refused) as refused:
            self.act(who, command, body, on=on)
        assert refused.value.code == code, str(refused.value)
        return refused.value

    def state(self) -> str | None:
        return self.field.state(self.case)

    def last(self, topic: str) -> Any:
        application = self.field.desk.application
        entries = [entry for entry in application.log.entries(0, 10_000) if entry.topic == f"assistance.{topic}"]
        return application.mapper.open(entries[-1])[0]
