"""The envelope on the wire: a lossless CloudEvent, the same bytes each time, and strict about what it reads."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope, EnvelopeInvalid, NotPublic

APPROVED = Envelope(
    source="profiling",
    type="ProfileApproved",
    subject=UUID("0d2c7f0e-5b51-4f52-8f4e-1f3a0f6b9c11"),
    sequence=42,
    recorded_at=datetime(2026, 10, 15, 14, 3, 7, 125, tzinfo=UTC),
    happened_on=date(2026, 10, 14),
    epoch="5e0c",
    correlation_id=UUID("b6e0f1c2-4f5e-4a60-9a26-7a5d4f1b2c33"),
    data={"profiling_id": "7b0f9c52-3a53-4f0e-9d0b-5a1c9b7d2e10", "matrix_version": "1"},
    audience="I",
    case_version=7,
    causation_id="intake:12",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    activity=4,
    programme="PR-156",
    procedure="PR-156",
    procedure_version="01",
    actor=UUID("c1c1c1c1-0000-4000-8000-000000000001"),
    actor_role="psychosocial",
    entry_hash="ab" * 32,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
envelopes = st.builds(
    Envelope,
    source=st.sampled_from(["intake", "profiling", "assistance", "inventory", "reporting", "gateway"]),
    type=st.from_regex(r"[A-Z][A-Za-z0-9]{1,30}", fullmatch=True),
    subject=st.uuids(),
    sequence=st.integers(1, 10**15),
    recorded_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    happened_on=st.dates(),
    epoch=words.filter(bool),
    correlation_id=st.uuids(),
    data=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), json_values, max_size=5),
    audience=st.sampled_from(["I", "S"]),
    major=st.integers(1, 99),
    case_version=st.integers(1, 10**6),
    causation_id=words,
    activity=st.integers(0, 21),
    programme=words,
    procedure=words,
    procedure_version=words,
    actor=st.none() | st.uuids(),
    actor_role=words,
)


@given(envelopes)
def test_an_envelope_comes_back_from_its_bytes_as_it_was(envelope: Envelope) -> None:
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


@given(envelopes)
def test_the_same_envelope_always_gives_the_same_bytes(envelope: Envelope) -> None:
    again = Envelope.from_dict(json.loads(envelope.to_bytes()))
    assert again.to_bytes() == envelope.to_bytes()


@given(st.binary() | words.map(str.encode))
def test_bytes_that_are_no_envelope_are_refused_with_one_error(body: bytes) -> None:
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_bytes(body)


@given(st.dictionaries(st.sampled_from(sorted(APPROVED.to_dict())), json_values, min_size=1, max_size=3))
def test_an_attribute_of_another_type_is_refused_with_one_error_or_reads_as_a_lawful_value(
    changes: dict[str, Any],
) -> None:
    try:
        read = Envelope.from_dict({**APPROVED.to_dict(), **changes})
    except EnvelopeInvalid:
        return
    assert Envelope.from_bytes(read.to_bytes()) == read


def test_the_wire_form_is_a_cloudevent_with_our_extensions() -> None:
    event = json.loads(APPROVED.to_bytes())
    assert event["specversion"] == "1.0"
    assert (event["id"], event["source"], event["type"]) == (
        "profiling:42",
        "urn:impulso:profiling",
        "ProfileApproved.v1",
    )
    assert event["subject"] == str(APPROVED.subject)
    assert event["time"] == "2026-10-15T14:03:07.000125Z"
    assert event["sequence"] == "0000000000000042"
    assert event["dataschema"] == "urn:impulso:schema:profiling:ProfileApproved:v1"
    assert event["happenedon"] == "2026-10-14"
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in event)


def test_an_event_kept_inside_travels_without_data_and_without_a_schema() -> None:
    inside = replace(APPROVED, type="InterviewRecorded", audience="-", data={})
    event = json.loads(inside.to_bytes())
    assert "data" not in event
    assert "dataschema" not in event
    assert Envelope.from_bytes(inside.to_bytes()) == inside
    with pytest.raises(EnvelopeInvalid):
        replace(inside, data={"score": 5})
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_dict({**event, "data": {}})


def test_integrators_get_the_previous_public_sequence_and_not_the_actor() -> None:
    public = APPROVED.for_integrators(previous=17)
    event = json.loads(public.to_bytes())
    assert event["previous"] == "0000000000000017"
    assert "actor" not in event
    assert event["actorrole"] == "psychosocial"
    assert Envelope.from_bytes(public.to_bytes()) == public
    assert APPROVED.for_integrators(previous=0).public


@pytest.mark.parametrize("audience", ["S", "-"])
def test_an_event_for_the_services_never_takes_the_public_form(audience: Any) -> None:
    with pytest.raises(NotPublic):
        replace(APPROVED, audience=audience, data={}).for_integrators(previous=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"specversion": "0.3"},
        {"id": "profiling:43"},
        {"source": "urn:other:profiling"},
        {"source": "profiling"},
        {"type": "ProfileApproved"},
        {"type": "ProfileApproved.v0"},
        {"sequence": "42"},
        {"sequence": 42},
        {"time": "2026-10-15T14:03:07"},
        {"happenedon": "20261014"},
        {"caseversion": True},
        {"data": []},
        {"audience": "X"},
        {"correlationid": "B6E0F1C2-4F5E-4A60-9A26-7A5D4F1B2C33"},
        {"previous": "0000000000000042"},
        {"traceparent": "no"},
        {"Not-Allowed": "1"},
    ],
    ids=str,
)
def test_a_wrong_attribute_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_dict({**APPROVED.to_dict(), **changes})


@pytest.mark.parametrize(
    "name",
    ["specversion", "id", "source", "type", "subject", "time", "sequence", "epoch", "correlationid", "happenedon"],
)
def test_a_missing_attribute_is_refused(name: str) -> None:
    event = {key: value for key, value in APPROVED.to_dict().items() if key != name}
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_dict(event)


def test_an_extension_that_a_newer_sender_added_is_ignored() -> None:
    assert Envelope.from_dict({**APPROVED.to_dict(), "newextension": "1"}) == APPROVED


def test_a_trace_header_of_another_shape_does_not_travel() -> None:
    assert "traceparent" not in replace(APPROVED, traceparent="Yolanda Pinto").to_dict()


def test_a_name_given_twice_is_refused() -> None:
    body = APPROVED.to_bytes().replace(b'{"activity":4', b'{"activity":5,"activity":4')
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_bytes(body)
