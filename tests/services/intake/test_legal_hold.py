"""Legal holds in intake (SOD-8, X-12): two people place and lift them, and while one stands nothing is erased."""

from __future__ import annotations

import pytest

from tests.services.casework import Refused
from tests.services.intake import rights
from tests.services.intake.counter import Counter
from tests.services.intake.rights import ask_erasure, hold, placed
from tests.services.intake.test_data_requests import refused
from tests.services.intake.test_merging import merge, pair


@pytest.fixture(autouse=True)
def privacy(counter: Counter) -> None:
    rights.hire(counter)


def withdrawn(counter: Counter) -> str:
    case = counter.candidate()
    rights.withdraw(counter, case)
    return case


def lift(counter: Counter, one: str, who: str = "second_privacy") -> None:
    counter.act("privacy", "RequestLegalHoldLift", one, on="2026-11-19", reason="Terminó el proceso")
    counter.act(who, "ConfirmLegalHoldLift", one, on="2026-11-19")


def held_back(counter: Counter, case: str) -> Refused:
    found = refused("ERASURE_NOT_LAWFUL", ask_erasure, counter, case)
    assert found.refusal["parameters"]["duties"] == ["legal_hold"]
    return found


def test_one_person_cannot_place_or_lift_it(counter: Counter) -> None:
    """SOD-8: whoever asked does not confirm, whatever roles they have; each step is taken once."""
    case = withdrawn(counter)
    one = hold(counter, case)
    refused("NOT_AUTHORISED", counter.act, "coordinator", "ConfirmLegalHold", one, on="2026-11-18")
    refused("SOD_VIOLATION", counter.act, "privacy", "ConfirmLegalHold", one, on="2026-11-18")
    counter.office.hire("both", "subdirector", person=counter.office.people["privacy"].person)
    refused("SOD_VIOLATION", counter.act, "both", "ConfirmLegalHold", one, on="2026-11-18")
    ask_erasure(counter, case)
    counter.act("subdirector", "ConfirmLegalHold", one, on="2026-11-18")
    refused("LEGAL_HOLD_SETTLED", counter.act, "subdirector", "ConfirmLegalHold", one, on="2026-11-18")
    refused("LEGAL_HOLD_SETTLED", counter.act, "subdirector", "ConfirmLegalHoldLift", one, on="2026-11-19")
    counter.act("privacy", "RequestLegalHoldLift", one, on="2026-11-19", reason="Terminó el proceso")
    refused("SOD_VIOLATION", counter.act, "privacy", "ConfirmLegalHoldLift", one, on="2026-11-19")
    assert [row["state"] for row in counter.ask("legal_holds", "subdirector")["items"]] == ["lift_requested"]


def test_while_it_stands_no_erasure_is_asked_for_or_confirmed(counter: Counter) -> None:
    """X-12: it stops the erasure that already waits; lifted, the erasure goes on."""
    case = withdrawn(counter)
    erasure = ask_erasure(counter, case)
    one = placed(counter, case)
    rights.wait(counter)
    stopped = refused(
        "ERASURE_NOT_LAWFUL", counter.act, "second_privacy", "ConfirmKeyDestruction", erasure, on="2026-11-20"
    )
    assert stopped.refusal["parameters"]["duties"] == ["legal_hold"]
    assert not counter.app.execute_destructions()
    counter.act("second_privacy", "CancelKeyDestruction", erasure, on="2026-11-20")
    held_back(counter, case)
    counter.act("privacy", "RequestLegalHoldLift", one, on="2026-11-19", reason="Terminó el proceso")
    held_back(counter, case)
    counter.act("subdirector", "ConfirmLegalHoldLift", one, on="2026-11-19")
    ask_erasure(counter, case)


def test_of_two_holds_the_other_still_stands(counter: Counter) -> None:
    case = withdrawn(counter)
    first, second = placed(counter, case), placed(counter, case)
    lift(counter, first)
    held_back(counter, case)
    lift(counter, second, "subdirector")
    ask_erasure(counter, case)


def test_it_holds_every_case_of_the_person(counter: Counter) -> None:
    """A01-3: a merged case is the same person under another id."""
    first, second = pair(counter)
    merge(counter, first, second)
    rights.withdraw(counter, first)
    placed(counter, second)
    held_back(counter, first)
    assert counter.ask("case", id=first)["tracks"]["legal_hold"] == "in_force"


def test_what_was_ordered_destroyed_cannot_be_held(counter: Counter) -> None:
    """X-12: nobody is told that data are kept which are going."""
    case = withdrawn(counter)
    waiting = hold(counter, case)
    erasure = ask_erasure(counter, case)
    rights.wait(counter)
    counter.act("second_privacy", "ConfirmKeyDestruction", erasure, on="2026-11-20")
    refused("LEGAL_HOLD_TOO_LATE", hold, counter, case)
    refused("LEGAL_HOLD_TOO_LATE", counter.act, "second_privacy", "ConfirmLegalHold", waiting, on="2026-11-20")


def test_the_case_says_that_it_stands_and_who_may_do_what(counter: Counter) -> None:
    case = withdrawn(counter)
    placed(counter, case)
    page = counter.ask("case", id=case)
    assert page["tracks"]["legal_hold"] == "in_force"
    assert ("Retención legal", "Orden judicial, vigente desde el 2026-11-18") in [
        (row["label"], row["value"]) for row in page["facts"]
    ]
    [target] = counter.ask("case", "privacy", id=case)["targets"]
    assert (target["subject"], target["commands"]) == ("legal_hold", ["RequestLegalHoldLift"])
