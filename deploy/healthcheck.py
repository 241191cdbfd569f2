"""Exit 0 when the process in this container answers GET /healthz with 200. Standard library alone: it runs often."""

from __future__ import annotations

import http.client
import sys

PORT = 8080
TIMEOUT_S = 3


def main() -> int:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
