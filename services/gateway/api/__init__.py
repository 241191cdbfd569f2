"""The HTTP API: commands from the catalogue, queries from one table."""
