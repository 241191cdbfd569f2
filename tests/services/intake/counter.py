"""The counter where candidates are received: intake through its desk, step by step."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.services.casework import CATALOGUE, Office

DATA = Path(__file__).parents[2] / "data"
AS_OF = date(2026, 10, 15)
PDF = b"%PDF-1.7\n"

ROSALBA = {
    "doc_type": "CC",
    "doc_no": "52.123.456",
    "names": "Rosalba Inés",
    "surnames": "Quitián Torres",
    "birth_date": "1985-04-03",
}
FACTS: dict[str, Any] = {
    "home_address": "Calle 12 # 3-45",
    "phone": "3991234567",
    "e_mail": "rosalba@example.org",
    "lives_in_dc": True,
    "works_in_dc": True,
    "rvi_no": "RVI-000777",
    "operation_start_date": "2024-01-15",
    "main_income": True,
    "reads_writes": True,
    "legal_capacity": True,
    "properties": 0,
    "pension": False,
    "retirement_pay": False,
    "commercial_alternative": False,
    "requires_credit": False,
    "willing_training": True,
    "willing_assistance": True,
}
SIGNATURE = {
    "signer": "Jorge Peña",
    "capacity": "Profesional SESEC",
    "method": "electronic",
    "signed_on": "2026-11-10",
}
MINUTES = {
    "meeting_on": "2026-11-10",
    "place": "Sede del IPES",
    "subject": "Consolidación de la lista",
    "activity": 1,
    "attendees": [{"name": "Marcela Ruiz", "post": "Coordinadora"}],
    "development": "Se revisó la lista de candidatos.",
}


class Counter:
    """What staff do in activities 1 and 2, with everything lawful by default."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.app = office.application
        self.folder = folder
        self.act = office.act
        self.ask = office.ask

    def file(self, content: bytes = PDF, name: str = "soporte.pdf") -> str:
        stored = self.app.files.put(io.BytesIO(content), subject=None, kind="s", media_type="", name=name)
        return str(stored.id)

    def open_call(self, code: str = "AT-2026-1", **changes: Any) -> str:
        fields = {
            "code": code,
            "name": "Mejoramiento productivo a la medida",
            "service": "technical_assistance",
            "specifications": CATALOGUE.text("ESPECIFICACION-PR-156", AS_OF).body,
            "product_types": ["textile"],
            "routes": ["entrepreneurship", "strengthening"],
            "opens_on": "2026-01-01",
            "closes_on": "2026-12-31",
            "executor_kind": "ipes_team",
        }
        return str(self.act("coordinator", "OpenCall", **(fields | changes))["id"])

    def identify(self, call: str, **changes: Any) -> str:
        fields = {
            "call": call,
            "source": "requests_pr029",
            "source_kind": "request",
            "source_ref": "SOL-1",
            "identified_on": "2026-11-03",
            "ground": "public_function",
        }
        return str(self.act("caseworker", "IdentifyCandidate", **(fields | ROSALBA | changes))["id"])

    def basic(self, case: str, command: str = "RecordBasicIdentification", **changes: Any) -> Any:
        form = ROSALBA | FACTS | {"version_reason": "new"} | changes
        return self.act("caseworker", command, case, form={k: v for k, v in form.items() if v is not None})

    def consolidate(self, call: str) -> Any:
        return self.act("coordinator", "ConsolidateList", call, form=MINUTES)

    def check(self, case: str, source: str, on: str = "2026-11-05", **changes: Any) -> Any:
        fields = {"source": source, "queried_on": on, "result": "no_record", "file": self.file()}
        return self.act("caseworker", "RecordExternalCheck", case, **(fields | changes))

    def checks(self, case: str) -> None:
        for source in ("snr_vur", "ruaf", "procuraduria"):
            self.check(case, source)

    def evaluate(self, case: str, **changes: Any) -> Any:
        fields = {"as_of": "2026-11-10", "excluded": False, "disqualified": False}
        return self.act("caseworker", "EvaluateCriteria", case, **(fields | changes))

    def communicate(self, case: str, **changes: Any) -> Any:
        fields = {"channel": "in_person", "signed_by": SIGNATURE}
        return self.act("caseworker", "CommunicateEligibility", case, **(fields | changes))

    def candidate(self, call: str | None = None, **facts: Any) -> str:
        """A candidate who is in a consolidated list, with FO-203 and checks, ready to be evaluated."""
        call = call or self.open_call()
        case = self.identify(call)
        self.basic(case, **facts)
        self.consolidate(call)
        self.checks(case)
        return case

    def state(self, case: str) -> str:
        return str(self.ask("case", id=case)["state"])

    def events(self, case: str) -> list[str]:
        """The types of the case's events, in order."""
        return [
            entry.topic.partition(".")[2]
            for entry in self.app.log.entries(0, 10_000)
            if entry.originator_id == UUID(case)
        ]

    def last(self, topic: str) -> Any:
        """The latest event of a topic, opened."""
        entry = [entry for entry in self.app.log.entries(0, 10_000) if entry.topic == topic][-1]
        return self.app.mapper.open(entry)[0]

    def start_import(self, call: str, name: str, content: bytes | None = None, who: str = "coordinator") -> UUID:
        file = self.file(content if content is not None else (DATA / name).read_bytes(), name)
        answer = self.act(who, "ImportCandidates", call, file=file, as_of=AS_OF.isoformat())
        return UUID(answer["id"])
