"""What happens to each case of a demonstration: fixed by its index, so that it is the same on every host."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The stories. The first ones end with a delivered incentive, the others leave on the way."""

    DELIVERED = "delivered"
    """The whole procedure: unit of more than a year, all that is decided is delivered at once, and the case closes."""
    IDEA_ONLY = "idea_only"
    """Route of entrepreneurship, TECAE instead of DISC, delivery in two parts."""
    SCARCE = "scarce"
    """One item is not in stock: its line is cancelled, the rest delivered."""
    LOOKALIKE = "lookalike"
    """Looks like a duplicate of another candidate; signs with the fingerprint before a witness."""
    RETURNED = "returned"
    """Part of the goods goes back to the warehouse from the professional's custody."""
    OVER_QUOTA = "over_quota"
    """The call has no place left: the case takes part in the next call."""
    NOT_ELIGIBLE = "not_eligible"
    """Does not meet a criterion, asks for reconsideration, and the result is confirmed."""
    NOT_APPROVED = "not_approved"
    """The profile does not pass; the person wants none of the alternatives."""
    OFFER_DECLINED = "offer_declined"
    NOT_APTO = "not_apto"
    """The unit is strengthened and waits for the next call."""
    WITHDRAWN = "withdrawn"


CYCLE = (
    Kind.DELIVERED,
    Kind.NOT_ELIGIBLE,
    Kind.NOT_APPROVED,
    Kind.OFFER_DECLINED,
    Kind.NOT_APTO,
    Kind.WITHDRAWN,
    Kind.OVER_QUOTA,
    Kind.IDEA_ONLY,
    Kind.SCARCE,
    Kind.LOOKALIKE,
    Kind.RETURNED,
    Kind.DELIVERED,
)
"""Seven of twelve are delivered; the first seven show every way out."""

DELIVERING = frozenset(CYCLE) - {
    Kind.NOT_ELIGIBLE,
    Kind.NOT_APPROVED,
    Kind.OFFER_DECLINED,
    Kind.NOT_APTO,
    Kind.WITHDRAWN,
}
WITHDRAWN_FROM = ("profiling", "assistance", "intake")
"""Where the person leaves, in turn."""
_FINAL = {
    Kind.NOT_ELIGIBLE: "closed_not_eligible",
    Kind.NOT_APPROVED: "closed_declined",
    Kind.OFFER_DECLINED: "closed_declined",
    Kind.NOT_APTO: "waiting_next_call",
    Kind.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True)
class CasePlan:
    """The story of one case. ``call`` is the call in which it begins: the main one, or the small one of one place."""

    index: int
    kind: Kind

    @property
    def call(self) -> str:
        return "small" if self.index == 0 or self.kind is Kind.OVER_QUOTA else "main"

    @property
    def last_call(self) -> str:
        """The call that the case ends in."""
        return "main" if self.kind is Kind.OVER_QUOTA else self.call

    @property
    def withdrawn_from(self) -> str:
        """The service that owns the case when the person leaves."""
        return WITHDRAWN_FROM[self.index // len(CYCLE) % len(WITHDRAWN_FROM)]

    @property
    def strengthening(self) -> bool:
        """The route: a unit that has worked for a year or more."""
        return self.kind is not Kind.IDEA_ONLY

    @property
    def expected(self) -> Final:
        if self.kind is Kind.DELIVERED:
            return Final("closed_completed", {"incentive": "delivered", "training": "completed"})
        if self.kind in DELIVERING:
            return Final("in_assistance", {"incentive": "delivered", "training": "completed"})
        return Final(_FINAL[self.kind])

    def provokes(self, slot: int) -> bool:
        """Whether the refusal number ``slot`` of the story is tried: all in the first cycle, then a third."""
        return self.index < len(CYCLE) or (slot + self.index) % 3 == 0


@dataclass(frozen=True)
class Final:
    """Where a case ends: its state, and the tracks beside it that the story settles."""

    state: str
    tracks: dict[str, str] = field(default_factory=dict)


def plans(cases: int) -> list[CasePlan]:
    """The stories of the first ``cases`` cases."""
    return [CasePlan(index, CYCLE[index % len(CYCLE)]) for index in range(cases)]
