"""The `impulso` command: what operators and coordinators do from a terminal, through the HTTP API."""
