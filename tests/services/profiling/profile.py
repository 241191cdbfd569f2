"""People on their way through profiling, for the tests of this service."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from services.profiling.definition import SERVICE
from shared.catalogue.catalogue import PACKAGED, Catalogue
from tests.services import bodies
from tests.services.casework import CATALOGUE, TODAY, Office, office

BLOCKS = len(CATALOGUE.instrument("DISC", TODAY).blocks)


def eligible(desk: Office, call: str) -> UUID:
    """A case whose letter says met, with the signed authorisation."""
    case = desk.candidate(call)
    evaluation = {"evaluation_id": str(uuid4()), "criteria_set_version": "1"}
    desk.hear("intake.EligibilityCommunicated", case, **evaluation, result="met", sent_on="2026-10-20")
    desk.hear("intake.ConsentRecorded", case, notice_version="1", purpose_codes=["profiling"])
    return case


def applied(desk: Office, call: str, who: str = "psychosocial", **instrument: Any) -> UUID:
    """Interviewed, with an instrument applied and FO-203 brought up to date."""
    case = eligible(desk, call)
    desk.act("psychosocial", "StartProfiling", case)
    desk.act("psychosocial", "RecordInterview", case, **bodies.interview())
    desk.act(who, "ApplyInstrument", case, **(instrument or bodies.disc(BLOCKS)))
    desk.hear("intake.BasicIdentificationUpdated", case, "2026-11-10", form_instance_id=str(uuid4()), form_version="V1")
    return case


def profiled(desk: Office, call: str, **classification: bool) -> UUID:
    case = applied(desk, call)
    desk.act("psychosocial", "ClassifyProfile", case, **bodies.classification(**classification))
    return case


def approved(desk: Office, call: str) -> UUID:
    case = profiled(desk, call)
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())
    desk.hear("intake.EntryCriteriaCompleted", case, evaluation_id=str(uuid4()), result="met")
    return case


@contextmanager
def office_with(folder: Path, *files: tuple[str, str]) -> Iterator[Office]:
    """An office whose catalogue has more artefacts: (file under the catalogue, its text)."""
    root = folder / "catalogue"
    shutil.copytree(PACKAGED, root)
    for name, text in files:
        (root / name).write_text(text, encoding="utf-8")
    with office(SERVICE, folder / "places") as opened:
        opened.application.catalogue = Catalogue.load(root)
        yield opened
