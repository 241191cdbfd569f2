"""The balances as of a point, replayed from the lots' events, are those that the read model tells (INV-7, X-17)."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from services.inventory.views.tables import movements
from tests.services.inventory.desk import Office, office
from tests.services.inventory.test_two_clocks import DAYS, STEPS, History, now


def balances(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (row["warehouse_code"], row["lot"]): (row["on_hand"], row["assigned"], row["free"])
        for row in rows
        if (row["on_hand"], row["assigned"]) != ("0", "0")
    }


@settings(max_examples=8, deadline=timedelta(seconds=60))
@given(STEPS, DAYS)
def test_a_replay_of_the_lots_says_what_the_stock_says_on_both_clocks(
    steps: list[tuple[str, str, str]], day: str
) -> None:
    """INV-7, X-17: over random histories with entries of any day, at every moment of them."""
    with tempfile.TemporaryDirectory() as folder, office(Path(folder)) as opened:
        history, moments = History(opened), []
        for step in steps:
            history.go_on(*step)
            moments.append(now(opened))
        for known in moments:
            for told, replayed in (
                ({"recorded_until": known}, {"known_by": known}),
                ({"recorded_until": known, "as_of": day}, {"known_by": known, "happened_by": day}),
            ):
                mine = opened.ask("stock_as_of", **replayed)["items"]
                assert balances(mine) == balances(opened.ask("stock", **told)["items"])


def test_the_difference_between_two_points_is_told_and_no_read_model_is_asked(warehouse_office: Office) -> None:
    """X-17: a late receipt of an earlier day changes what is known of that day, and what was known stays."""
    warehouse = warehouse_office.warehouse()
    warehouse_office.item()
    warehouse_office.receive(warehouse, "10", on="2026-11-06")
    known = now(warehouse_office)
    warehouse_office.receive(warehouse, "4", on="2026-11-02")
    with warehouse_office.application.database.write() as connection:
        connection.execute(movements.delete())
    answer = warehouse_office.ask("stock_as_of", happened_by="2026-11-03", from_known_by=known)
    assert [row["on_hand"] for row in answer["items"]] == ["4"]
    words = answer["difference"]["words"]
    assert any("Existencia: de 0 a 4 m" in line for line in words) and any("de 10 a 0" in line for line in words)
    assert warehouse_office.ask("stock_as_of", known_by=known, happened_by="2026-11-03")["items"] == []
