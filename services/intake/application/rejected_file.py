"""The file of rejected rows: the original cells with the reason, to be corrected and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from services.intake.application.list_file import REPORT_COLUMNS
from services.intake.domain.columns import HEADER
from services.intake.domain.export import neutralised
from services.intake.domain.rejections import Rejection


def rejected_file(rejected: Iterable[tuple[Rejection, Sequence[str]]]) -> bytes:
    """The CSV of rejected rows. The reason stands first, because a row may have too many cells after it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*REPORT_COLUMNS, *HEADER])
    for rejection, cells in rejected:
        reason = [str(rejection.row), rejection.reason_code, rejection.column or "", rejection.text]
        writer.writerow([*reason, *map(neutralised, cells)])
    return out.getvalue().encode()
