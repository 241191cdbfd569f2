"""What was once stored can always be read: the bytes of every event and version, kept as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.privacy.personal import reveal
from tests.golden import samples

FOLDER = Path(__file__).parent / "events"
CLASSES = samples.event_classes()


def golden_file(topic: str, version: int) -> Path:
    return FOLDER / f"{topic}.v{version}.json"


@pytest.mark.parametrize("topic", CLASSES)
def test_the_code_of_today_stores_the_same_bytes(topic: str) -> None:
    cls = CLASSES[topic]
    path = golden_file(topic, getattr(cls, "class_version", 1))
    assert path.exists(), f"{topic} has no golden file: python -m tests.golden.update"
    assert samples.stored(topic, samples.sample(topic, cls)).state == path.read_bytes().rstrip(b"\n")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_version_ever_stored_can_be_read(path: Path) -> None:
    topic = path.stem.rsplit(".v", 1)[0]
    event, meta = samples.mapper(topic).open(samples.entry(topic, path.read_bytes().rstrip(b"\n")))
    expected = samples.sample(topic, CLASSES[topic])
    assert meta == samples.META
    stored = json.loads(path.read_bytes())["d"]
    for name in samples.fields_of(CLASSES[topic]) or ():
        if name not in stored:
            # A later version added the fact: its upcaster says what an older event means by not having it.
            assert hasattr(event, name), name
            continue
        assert reveal(getattr(event, name)) == reveal(getattr(expected, name)), name


def test_every_event_has_an_explicit_topic_of_its_service() -> None:
    for topic, cls in CLASSES.items():
        service = topic.partition(".")[0]
        assert cls.__module__.startswith(f"services.{service}."), f"{topic} stands in {cls.__module__}"


def test_no_topic_is_a_python_path() -> None:
    assert not [topic for topic in CLASSES if ":" in topic or topic.count(".") != 1]
