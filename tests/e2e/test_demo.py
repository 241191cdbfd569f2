"""`impulso demo` on the embedded system: whole journeys over HTTP end where the procedure says, once."""

from __future__ import annotations

from shared.cli.demo.plan import plans
from shared.cli.exits import Exit
from tests.e2e.conftest import CASES, Demo


def test_every_story_ends_in_its_state_and_nothing_is_parked(demo: Demo) -> None:
    found = demo.document

    assert (found["sound"], found["differences"], found["parked"]) == (True, [], 0)
    assert [(case["kind"], case["state"], case["tracks"]) for case in found["final"]["cases"]] == [
        (plan.kind.value, plan.expected.state, plan.expected.tracks) for plan in plans(CASES)
    ]


def test_every_kind_of_refusal_was_provoked_and_given(demo: Demo) -> None:
    wanted = {
        "NOT_AUTHORISED", "SOD_VIOLATION", "STATE_NOT_ALLOWED", "STEP_OUT_OF_ORDER", "VERSION_CONFLICT",
        "COMMAND_ID_REUSED", "SIGNATURE_REQUIRED", "STOCK_INSUFFICIENT", "QUOTA_FULL", "CASE_CLOSED", "CUSTODY_OPEN",
        "FILTER_NOT_PASSED", "DUPLICATE_UNRESOLVED", "CONSENT_MISSING", "DATE_IN_FUTURE",
    }  # fmt: skip
    assert wanted <= demo.document["refusals"].keys()


def test_a_second_run_with_the_same_seed_changes_nothing(demo: Demo) -> None:
    before, after = demo.heads

    assert demo.again["final"] == demo.document["final"]
    assert demo.again["case_ids"] == demo.document["case_ids"]
    # Nobody keeps the passwords of an earlier run: the administrator gave out new ones, which the gateway records.
    assert {name: head for name, head in after.items() if name != "gateway"} == {
        name: head for name, head in before.items() if name != "gateway"
    }


def test_an_interrupted_run_says_so_and_the_next_one_goes_on(demo: Demo) -> None:
    assert demo.interrupted == Exit.INCOMPLETE
    # Each step was done once: a second case, or a second receipt of goods, would show here.
    assert len(set(demo.document["case_ids"])) == CASES
    assert demo.document["events"]["inventory"] > 0
