"""The recorder test cases that the `eventsourcing` library ships for whoever extends it, on both databases."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from shared.eventstore.database import Database
from shared.eventstore.recorder import EventRecorder, SnapshotRecorder
from shared.eventstore.schema import create_store
from tests.databases import database_url


class _OwnDatabase:
    dialect: ClassVar[str]

    def setUp(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.database = Database(self.stack.enter_context(database_url(self.dialect, folder)))
        self.stack.callback(self.database.close)
        create_store(self.database)

    def tearDown(self) -> None:
        self.stack.close()


class _EventRecorderCase(_OwnDatabase):
    def create_recorder(self) -> EventRecorder:
        return EventRecorder(self.database)


class _SnapshotRecorderCase(_OwnDatabase):
    def create_recorder(self) -> SnapshotRecorder:
        return SnapshotRecorder(self.database)


class TestSnapshotsOnSQLite(_SnapshotRecorderCase, AggregateRecorderTestCase):
    dialect = "sqlite"


class TestSnapshotsOnPostgreSQL(_SnapshotRecorderCase, AggregateRecorderTestCase):
    dialect = "postgresql"


class TestLogOnSQLite(_EventRecorderCase, ApplicationRecorderTestCase):
    dialect = "sqlite"


class TestLogOnPostgreSQL(_EventRecorderCase, ApplicationRecorderTestCase):
    dialect = "postgresql"


class TestTrackingOnSQLite(_EventRecorderCase, TrackingRecorderTestCase):
    dialect = "sqlite"


class TestTrackingOnPostgreSQL(_EventRecorderCase, TrackingRecorderTestCase):
    dialect = "postgresql"


class TestProcessOnSQLite(_EventRecorderCase, ProcessRecorderTestCase):
    dialect = "sqlite"


class TestProcessOnPostgreSQL(_EventRecorderCase, ProcessRecorderTestCase):
    dialect = "postgresql"


del AggregateRecorderTestCase, ApplicationRecorderTestCase, ProcessRecorderTestCase, TrackingRecorderTestCase
