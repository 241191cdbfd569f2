"""The timeline of a case on paper: what was done, by whom, when it happened and when it was recorded (X-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from shared.documents.images import Images
from shared.documents.sheet import Sheet, rows
from shared.documents.spanish import EMPTY, short_day
from shared.documents.typesetting import render


def case_timeline(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of a case's timeline.

    ``facts``: ``case``, ``state``, ``procedure``, ``made_at`` (text); ``lines`` list of {``happened_on``,
    ``recorded_at`` ISO 8601, ``activity``, ``label``, ``who``, ``id``, ``sealed`` whether a proof goes with it,
    ``corrects``}; ``papers`` list of {``code``, ``number``, ``name``, ``issued_on``, ``hash``}; ``versions`` list of
    {``kind``, ``code``, ``version``, ``hash``}.
    """
    images = Images()
    sealed = sum(bool(each["sealed"]) for each in facts["lines"])
    data = {
        "sheet": sheet.data(images),
        "summary": rows(
            ("Caso", facts["case"]),
            ("Estado", facts["state"] or EMPTY),
            ("Procedimiento", facts["procedure"]),
            ("Hechos", f"{len(facts['lines'])}, {sealed} sellados"),
            ("Hecho el", facts["made_at"]),
        ),
        "lines": [_line(each) for each in facts["lines"]],
        "papers": [
            [each["code"], each["number"] or EMPTY, each["name"], _day(each["issued_on"]), _grouped(each["hash"])]
            for each in facts["papers"]
        ],
        "versions": [
            [each["kind"], each["code"], each["version"], _grouped(each["hash"])] for each in facts["versions"]
        ],
    }
    return render("case_timeline", data, images=images)


def _line(each: Mapping[str, Any]) -> list[str]:
    recorded = datetime.fromisoformat(each["recorded_at"])
    what = f"{each['activity']}. {each['label']}" if each["activity"] else str(each["label"])
    if each.get("corrects"):
        what += f" (corrige {each['corrects']})"
    moment = recorded.strftime("%d/%m/%Y %H:%M:%S UTC")
    return [_day(each["happened_on"]), moment, what, each["who"], each["id"] + ("" if each["sealed"] else " *")]


def _day(text: Any) -> str:
    return short_day(date.fromisoformat(str(text))) if text else EMPTY


def _grouped(digest: str | None) -> str:
    found: Sequence[str] = [digest[at : at + 8] for at in range(0, len(digest), 8)] if digest else []
    return " ".join(found) or EMPTY
