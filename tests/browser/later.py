"""The command line some days on: a month is reported on after its cut-off, and no test can wait for that.

python -m tests.browser.later 30 up --data …
"""

from __future__ import annotations

import sys
from datetime import timedelta

from shared.runtime import clock

AHEAD = timedelta(days=int(sys.argv.pop(1)) if __name__ == "__main__" else 0)
today = clock.today
# Before anything else is imported: who imports the name later gets this one.
clock.today = lambda: today() + AHEAD

from services.reporting.application.reports import ReportUseCases  # noqa: E402
from shared.cli.main import main  # noqa: E402

now = ReportUseCases.now
ReportUseCases.now = lambda reports: now(reports) + AHEAD  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(main())
