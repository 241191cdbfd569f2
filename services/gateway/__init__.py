"""The one edge of the system: HTTP API, console, log-in. It holds no rule of the case services."""
