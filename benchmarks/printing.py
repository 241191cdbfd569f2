"""Printing a filed form when it is opened, beside opening a kept PDF: ``python -m benchmarks.printing [FORMS]``.

Both start from what the database and the encrypted store hold, and end with the bytes of the PDF.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from uuid import uuid4

from services.assistance.definition import SERVICE
from shared.catalogue.catalogue import Catalogue
from shared.contracts.commands import load
from shared.documents.form import form_document
from shared.documents.sheet import Sheet, content_hash
from shared.privacy.keys import MasterKey
from shared.privacy.personal import reveal
from shared.runtime.assembly import Place, assemble
from tests.figures import record
from tests.services import bodies

ON = date(2026, 11, 10)


def main(forms: int = 200) -> None:
    """Print an FO-419 ``forms`` times, and open as many kept ones."""
    catalogue = Catalogue.load()
    form = catalogue.form("FO-419", ON)
    # What the service itself knows of the case stands on the form, too.
    known = {"visit_on": ON.isoformat(), "unit": str(uuid4())}
    filled = bodies.follow_up("technical_assistance")["form"] | known
    values = reveal(load(form.fields, catalogue, ON, filled))
    sheet = Sheet(form.code, form.name, form.version, form.effective_from, hash=content_hash(values))

    def printed() -> bytes:
        return form_document(sheet, form.fields, values, catalogue=catalogue, on=ON)

    pdf = printed()
    with tempfile.TemporaryDirectory() as folder:
        opened = assemble(SERVICE, Place.under(Path(folder)), MasterKey(bytes(32)), catalogue, create=True)
        files = opened.application.files
        kept = [
            files.put(io.BytesIO(pdf), subject=uuid4(), kind="s", media_type="application/pdf", name="f.pdf").id
            for _ in range(forms)
        ]
        began = time.perf_counter()
        for each in kept:
            files.read(each)
        reading = (time.perf_counter() - began) / forms
        began = time.perf_counter()
        for _ in range(forms):
            printed()
        printing = (time.perf_counter() - began) / forms
        opened.close()
    print(f"kept: {reading * 1e3:.1f} ms and {len(pdf):,} bytes a form; printed when opened: {printing * 1e3:.1f} ms")
    record(
        "printing",
        milliseconds={"kept and opened": round(reading * 1e3, 1), "printed when opened": round(printing * 1e3, 1)},
        bytes_kept_a_form=len(pdf),
        baseline="kept and opened",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
