"""Informe de resultados: figures, served beneficiaries and what comes next, as PDF (PR-156 act. 21, REP-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.documents.images import Images
from shared.documents.sheet import Sheet, paragraphs, rows, signature
from shared.documents.spanish import EMPTY, month, words
from shared.documents.typesetting import render

ASPECTS = {
    "technical": "Ejecución técnica",
    "financial": "Ejecución financiera",
    "legal": "Ejecución jurídica",
    "incidents": "Novedades",
}


def monthly_report(sheet: Sheet, facts: Mapping[str, Any]) -> bytes:
    """The PDF of a monthly report.

    ``facts``: ``period`` month; ``cut_off`` text; ``figures`` list of {``code``, ``label``, ``lines``} with lines of
    {``label``, ``by`` list of text, ``value``, ``unit``}; ``beneficiaries`` list of {``case``, ``state``, ``progress``,
    ``findings``, ``next_action``, ``responsible``, ``due``}; ``execution`` text by aspect; ``late`` figures by month;
    ``programme`` list of {``period``, ``code``, ``label``, ``goal``, ``value``}, the work programme against the fact;
    ``definitions`` list of {``code``, ``label``, ``counts``, ``from`` list of text}: how each number is counted;
    ``hemi`` count of entries by state; ``signed`` list of {``role``, ``signer``, ``capacity``, ``signed_on``}.
    """
    images = Images()
    data = {
        "sheet": sheet.data(images),
        "summary": rows(
            ("Mes", month(facts["period"])),
            ("Corte", facts["cut_off"]),
            ("Beneficiarios atendidos", len(facts["beneficiaries"])),
        ),
        "figures": _figures(facts["figures"]),
        "beneficiaries": [_beneficiary(each) for each in facts["beneficiaries"]],
        "execution": [
            {"title": title, "lines": paragraphs((facts.get("execution") or {}).get(name)) or [EMPTY]}
            for name, title in ASPECTS.items()
        ],
        "programme": [
            [each["period"], f"{each['code']}. {each['label']}", str(each["goal"]), str(each["value"])]
            for each in facts.get("programme", ())
        ],
        "late": [
            {"title": month(period), "rows": _figures(figures)} for period, figures in sorted(facts["late"].items())
        ],
        "definitions": [
            [each["code"], each["label"], each["counts"], "; ".join(each["from"]) or EMPTY]
            for each in facts["definitions"]
        ],
        "hemi": rows(*sorted(facts["hemi"].items())),
        "signatures": [signature(each["role"], {**each, "method": "electronic"}, images) for each in facts["signed"]],
    }
    return render("monthly_report", data, images=images)


def _figures(figures: Any) -> list[list[str]]:
    """One line a number, under the code of its figure."""
    shown = []
    for each in figures:
        for at, line in enumerate(each["lines"]):
            name = " · ".join([line["label"], *line["by"]])
            value = line["value"] if line["unit"] == "n" else f"{line['value']} {line['unit']}"
            shown.append(["" if at else each["code"], "" if at else each["label"], name, value.replace(".", ",")])
    return shown


def _beneficiary(each: Mapping[str, Any]) -> list[str]:
    said = [words(each[name]) for name in ("progress", "findings") if each.get(name)]
    ahead = [words(each["next_action"])] if each.get("next_action") else []
    who = " · ".join(str(each[name]) for name in ("responsible", "due") if each.get(name))
    return [each["case"], each["state"], " ".join(said) or EMPTY, " ".join(ahead) or EMPTY, who or EMPTY]
