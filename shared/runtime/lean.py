"""Import this first in a process that only serves: what nobody but a terminal needs is not loaded.

structlog loads `rich`, if it can, to colour what developers see; a process that writes one JSON object a line holds
it, and the highlighter that comes with it, in vain.
"""

import sys
from typing import Any

if "structlog" not in sys.modules:
    _modules: dict[str, Any] = sys.modules
    _modules.setdefault("rich", None)
