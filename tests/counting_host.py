"""The nameko host for one of the counting services: ``python -m tests.counting_host counter``."""

from __future__ import annotations

import os
import sys

from shared.runtime.nameko_host import main

if __name__ == "__main__":
    sys.exit(main([*sys.argv[1:], "--services", os.environ.get("COUNTING_SERVICES", "tests.counting:SERVICES")]))
