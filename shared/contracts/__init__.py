"""Contracts between services and with the outside: published events, commands as data, the envelope.

``contract(topic)`` finds what an event of a service may show; an event without a contract cannot be relayed.
"""

from __future__ import annotations

from shared.contracts import (
    assistance,
    gateway,
    intake,
    inventory,
    profiling,
    reporting,
)
from shared.contracts.events import Contract, PersonalInPublishedEvent, UnknownContract

_REGISTRY: dict[str, Contract] = {
    each.topic: each
    for module in (intake, profiling, assistance, inventory, reporting, gateway)
    for each in module.CONTRACTS
}


def contract(topic: str) -> Contract:
    """The contract of ``topic`` (``profiling.ProfileApproved``). Raises `UnknownContract`."""
    try:
        return _REGISTRY[topic]
    except KeyError:
        raise UnknownContract(topic) from None


def register(*contracts: Contract) -> None:
    """Make known the contracts of a service that is not among those shipped. The same contract again is harmless.

    Raises `ValueError` when another contract holds one of the topics.
    """
    for each in contracts:
        known = _REGISTRY.setdefault(each.topic, each)
        if known is not each:
            raise ValueError(f"{each.topic} has a contract already")


def all_contracts() -> tuple[Contract, ...]:
    """Every contract, by service in the order of the procedure."""
    return tuple(_REGISTRY.values())


__all__ = [
    "Contract",
    "PersonalInPublishedEvent",
    "UnknownContract",
    "all_contracts",
    "contract",
    "register",
]
