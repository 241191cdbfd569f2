"""Webhooks: signed deliveries of public events to addresses of integrators."""
