"""Runs one import in a process of its own, to be killed: ``python -m … FOLDER IMPORT_ID``."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from services.intake.application import import_rows
from services.intake.definition import SERVICE
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from tests.services.casework import CATALOGUE

if __name__ == "__main__":
    folder, import_id = sys.argv[1:]
    import_rows.MAX_GROUP = 7  # small blocks: more places to be killed at
    intake = assemble(SERVICE, Place.under(Path(folder)), MasterKey(bytes(32)), CATALOGUE, create=False)
    intake.application.run_import(UUID(import_id))
