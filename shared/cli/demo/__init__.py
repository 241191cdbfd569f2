"""`impulso demo`: whole journeys, with refusals and side exits among them, through the HTTP API and nothing else."""

from shared.cli.demo.command import register

__all__ = ["register"]
