"""The counting services of the next release: the watcher's read model has one column more."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from shared.eventstore.views import Views
from tests.counting import COUNTER, WATCHER, WatcherApplication, receipts

tables = sa.MetaData()
receipts_next = receipts.to_metadata(tables)
# With a default: the former release's statements would pass, and leave rows that only look as if they were of this one.
receipts_next.append_column(sa.Column("release", sa.Integer, server_default="2", nullable=False))


class NextWatcherApplication(WatcherApplication):
    views = Views(tables)


SERVICES = {"counter": COUNTER, "watcher": replace(WATCHER, application=NextWatcherApplication)}
