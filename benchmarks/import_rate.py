"""How many rows a second an import takes in: ``python -m benchmarks.import_rate [ROWS]``.

SQLite, every personal value sealed, each row identified and evaluated in a transaction; people are invented.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from services.intake.definition import SERVICE
from services.intake.domain.columns import HEADER
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.types import Act
from shared.eventstore.metadata import Meta
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from tests.figures import record

AS_OF = date(2026, 10, 15)
NAMES = ("Ana", "Luz", "Sol", "Paz", "Mar", "Rosa", "Nidia", "Olga", "Pablo", "Jaime", "Elkin", "Hugo")
SURNAMES = ("Quitián", "Rojas", "Torres", "Peña", "Ruiz", "Acuña", "Díaz", "Sichacá", "Bohórquez", "Leguízamo")


GOOD = {
    "fuente": "jornada",
    "fecha_identificacion": "2026-09-01",
    "tipo_documento": "CC",
    "sexo": "F",
    "localidad": "Kennedy",
    "reside_bogota": "si",
    "actividad_en_bogota": "si",
    "actividad_economica": "Confección de prendas",
    "tipo_actividad": "fabricacion",
    "productos": "blusas; faldas",
    "fecha_inicio_actividad": "2022-03-01",
    "formalidad": "informal",
    "ingreso_principal": "si",
    "numero_inmuebles": 0,
    "pensionado": "no",
    "alternativa_comercial": "no",
    "excluido": "no",
    "inhabilitado": "no",
    "lee_escribe": "si",
    "dispuesto": "si",
    "capacidad_legal": "si",
    "requiere_credito": "no",
    "tipo_hogar": "nuclear",
}
"""What a row says, but for whose it is, of somebody who meets every criterion."""


def written(rows: Iterable[Mapping[str, object]]) -> bytes:
    """A CSV of good rows, each with what it says of somebody."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for number, row in enumerate(rows, start=1):
        values = {"fila_origen": number, **GOOD, **row}
        writer.writerow([values.get(name, "") for name in HEADER])
    return out.getvalue().encode()


def invented_list(rows: int) -> bytes:
    """A CSV of ``rows`` good rows, two people a household."""
    chance = random.Random(7)
    return written(
        {
            "numero_documento": document,
            "primer_nombre": chance.choice(NAMES),
            "segundo_nombre": chance.choice(NAMES),
            "primer_apellido": chance.choice(SURNAMES),
            "segundo_apellido": chance.choice(SURNAMES),
            "fecha_nacimiento": date(1967 + number % 38, 1 + number % 12, 1 + number % 28).isoformat(),
            "telefono": f"39{document % 10**8:08d}",
            "correo": f"persona{number}@example.org",
            "direccion": f"Calle {number % 180} # {number % 90}-{number % 70}",
            "rvi": f"RVI-{number:06d}",
            "id_hogar": f"H-{number // 2:06d}",
        }
        for number, document in enumerate(chance.sample(range(10**9, 2 * 10**9), rows), start=1)
    )


def main(rows: int) -> None:
    """Import an invented list into a fresh store and print the rate."""
    catalogue = Catalogue.load()
    procedure = catalogue.procedure("PR-156", AS_OF)
    person = uuid4()
    with tempfile.TemporaryDirectory() as folder:
        place = Place.under(Path(folder) / "intake")
        intake = assemble(SERVICE, place, MasterKey(bytes(32)), catalogue, create=True)
        app = intake.application
        stored = app.files.put(  # type: ignore[attr-defined]
            io.BytesIO(invented_list(rows)), subject=None, kind="i", media_type="text/csv", name="lista.csv"
        )

        def act(command: str) -> Act:
            return Act(command, person, "coordinator", AS_OF, AS_OF, procedure)

        def opened(uow: object) -> dict[str, str]:
            return app.open_call(  # type: ignore[attr-defined,no-any-return]
                uow,
                act("OpenCall"),
                code="MEDIDA",
                name="Medida",
                service="technical_assistance",
                specifications=catalogue.text("ESPECIFICACION-PR-156", AS_OF).body,
                product_types=["textile"],
                routes=["strengthening"],
                localities=[],
                opens_on=date(2026, 1, 1),
                closes_on=date(2026, 12, 31),
                cohort_quota=None,
                executor_kind="ipes_team",
            )

        meta = Meta(AS_OF, person, "coordinator")
        call = UUID(app.transact(meta, opened).result["id"])
        job = app.transact(
            meta,
            lambda uow: app.import_candidates(  # type: ignore[attr-defined]
                uow, act("ImportCandidates"), call, file=stored.id, as_of=AS_OF
            ),
        ).result
        started, used = time.perf_counter(), time.process_time()
        report = app.run_import(UUID(job["id"]))  # type: ignore[attr-defined]
        elapsed, used = time.perf_counter() - started, time.process_time() - used
        assert report["accepted"] == rows
        print(
            f"{rows} rows, {app.log.head()} events: {elapsed:.2f} s, {rows / elapsed:.0f} rows/s ({used:.2f} s of CPU)"
        )
        record("import", rows=rows, rows_per_second=round(rows / elapsed))
        intake.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
