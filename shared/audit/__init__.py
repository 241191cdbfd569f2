"""Sealed logs: anybody with a public key can check that nothing was changed, left out or put in, without the server."""
