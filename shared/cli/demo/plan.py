"""What happens to each case of a demonstration: fixed by its index, so that it is the same on every host."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The stories: those that end with a delivered incentive, the ways out, and what goes back to an earlier step."""

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
    REFERRED = "referred"
    """The profile does not pass: the first office rejects the referral, act. 6 again, the second one receives."""
    REEVALUATED = "reevaluated"
    """Does not meet a criterion, asks for reconsideration, is evaluated anew over a changed FO-203, and meets it."""
    EXCLUDED = "excluded"
    """Two people enter an exclusion, and the case leaves by it."""
    MERGED = "merged"
    """A second case of the reevaluated person: merged, parted by mistake, merged for good."""
    DECEASED = "deceased"
    REPEATED_PROFILE = "repeated_profile"
    """The criteria are checked a second time. Produces without the profile: the team orders the profiling again; the
    second one is returned once and passes."""
    SECOND_VALUATION = "second_valuation"
    """Not apto, strengthened, in the next call valued a second time, and apto."""
    REOPENED = "reopened"
    """Withdrawn in the assistance; two people open the case again, and it goes on to the preselection."""
    TRANSFERRED = "transferred"
    """Another operator takes over in the middle of the assistance and revises the plan; there is no incentive."""
    NO_ROUTE = "no_route"
    """The unit is a side job, so there is nothing to offer: alternatives, and a referral to another entity."""
    EXCEPTION = "exception"
    """The report is returned, the operator rejects the hand-over once, an exception stands for the missing hours."""


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
    Kind.REFERRED,
    Kind.REEVALUATED,
    Kind.EXCLUDED,
    Kind.MERGED,
    Kind.DECEASED,
    Kind.REPEATED_PROFILE,
    Kind.SECOND_VALUATION,
    Kind.REOPENED,
    Kind.TRANSFERRED,
    Kind.EXCEPTION,
    Kind.NO_ROUTE,
    Kind.DELIVERED,
)
"""The first eleven show the procedure with its plain ways out, the next eleven its loops and rarer exits."""
THOROUGH = CYCLE.index(Kind.REFERRED)
"""So many cases of the first cycle try every refusal of the acts they share; later ones a third of them."""

DELIVERING = frozenset({Kind.DELIVERED, Kind.IDEA_ONLY, Kind.SCARCE, Kind.LOOKALIKE, Kind.RETURNED, Kind.OVER_QUOTA})
LIKE_ANOTHER = frozenset({Kind.LOOKALIKE, Kind.MERGED})
"""Stories of people who resemble the candidate two places before."""
NOT_MET_AT_FIRST = frozenset({Kind.NOT_ELIGIBLE, Kind.REEVALUATED})
LEFT_FROM = {
    Kind.WITHDRAWN: ("profiling", "assistance", "intake"),
    Kind.EXCLUDED: ("assistance", "intake", "profiling"),
    Kind.DECEASED: ("profiling", "assistance", "intake"),
    Kind.REOPENED: ("assistance",),
}
"""Where the case leaves, in turn: the service that owns it."""


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
        return {Kind.OVER_QUOTA: "main", Kind.SECOND_VALUATION: "next"}.get(self.kind, self.call)

    @property
    def left_from(self) -> str | None:
        """The service that owns the case when it leaves on the way."""
        turns = LEFT_FROM.get(self.kind)
        return turns[self.index // len(CYCLE) % len(turns)] if turns else None

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
        return _FINAL[self.kind]

    def provokes(self, slot: int) -> bool:
        """Whether the refusal number ``slot`` of the story is tried: all in the first cases, then a third."""
        return self.index < THOROUGH or (slot + self.index) % 3 == 0


@dataclass(frozen=True)
class Final:
    """Where a case ends: its state, and the tracks beside it that the story settles."""

    state: str
    tracks: dict[str, str] = field(default_factory=dict)


_FINAL = {
    Kind.NOT_ELIGIBLE: Final("closed_not_eligible"),
    Kind.NOT_APPROVED: Final("closed_declined"),
    Kind.OFFER_DECLINED: Final("closed_declined"),
    Kind.NOT_APTO: Final("waiting_next_call"),
    Kind.WITHDRAWN: Final("withdrawn"),
    Kind.REFERRED: Final("closed_referred"),
    Kind.NO_ROUTE: Final("closed_referred"),
    Kind.REEVALUATED: Final("eligible"),
    Kind.EXCLUDED: Final("excluded"),
    Kind.MERGED: Final("merged"),
    Kind.DECEASED: Final("deceased"),
    Kind.REPEATED_PROFILE: Final("committed"),
    Kind.SECOND_VALUATION: Final("preselected", {"training": "completed"}),
    Kind.REOPENED: Final("preselected", {"training": "completed"}),
    Kind.TRANSFERRED: Final("in_assistance", {"training": "completed"}),
    Kind.EXCEPTION: Final("in_assistance", {"training": "excepted"}),
}


def plans(cases: int) -> list[CasePlan]:
    """The stories of the first ``cases`` cases."""
    return [CasePlan(index, CYCLE[index % len(CYCLE)]) for index in range(cases)]
