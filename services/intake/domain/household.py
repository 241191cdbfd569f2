"""The household of a candidate (*núcleo familiar*), and the flag of a second benefit in it (act. 1, CRI-5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain.case_state import CaseState, Event
from services.intake.domain.facts import merged
from shared.catalogue.refusals import FieldInvalid
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

SINGLE_PERSON = "single_person"


class HouseholdLinked(Event):
    """The person belongs to a household with others.

    ``members``: who else belongs to it and how they are related to this person, where that was said.
    """

    TOPIC = "intake.HouseholdLinked"
    class_version = 2
    household_id: UUID
    household_type: Personal
    members: Personal | None

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Households of a list said of their members only that they share the household."""
        state["members"] = None

    def apply(self, aggregate: CaseState) -> None:
        aggregate.household_id = self.household_id
        aggregate.household_type = self.household_type
        if self.members is not None:
            aggregate.household_members = self.members
        if self.household_type.value:
            # G12 looks at the type of the household: what was said last of it counts.
            known = Personal(self.household_type.subject, "s", {"household_type": self.household_type.value})
            aggregate.facts = merged(aggregate.facts, {"s": known})


class HouseholdSecondBenefitFlagged(Event):
    """Another member of the household is a candidate or was served: flagged, never refused (CRI-5)."""

    TOPIC = "intake.HouseholdSecondBenefitFlagged"
    household_id: UUID
    other_case: UUID

    def apply(self, aggregate: CaseState) -> None:
        aggregate.flagged_with = aggregate.flagged_with | {self.other_case}


class IncentiveNoted(Event):
    """The warehouse delivered an incentive to the person: it counts for their household for P-53."""

    TOPIC = "intake.IncentiveNoted"
    delivered_on: date

    def apply(self, aggregate: CaseState) -> None: ...


class HouseholdActs(CaseState):
    """What may be recorded of the household of a candidate."""

    def check_household(self, act: Act, household_type: Personal, *, alone: bool) -> None:
        """Raise unless the household may be recorded now, on any open case, with members as its type has them."""
        act.check_state(self.state)
        act.check_not_before(self.identified_on)
        if alone != (household_type.value == SINGLE_PERSON):
            raise FieldInvalid(
                field="members", explanation="un hogar unipersonal no tiene más integrantes; todo otro, al menos uno."
            )

    def link_household(self, household_id: UUID, household_type: Personal, members: Personal | None = None) -> None:
        """Put the person in a household. Saying the same again changes nothing."""
        if members is None and self.household_id == household_id and self._is_of_type(household_type):
            return
        self.trigger_event(HouseholdLinked, household_id=household_id, household_type=household_type, members=members)

    def flag_household(self, household_id: UUID, other_case: UUID, *, anew: bool = False) -> None:
        """Flag a second benefit in one household (CRI-5): the same pair once, and ``anew`` when one was delivered."""
        if anew or other_case not in self.flagged_with:
            self.trigger_event(HouseholdSecondBenefitFlagged, household_id=household_id, other_case=other_case)

    def note_incentive(self, delivered_on: date) -> None:
        """Note a delivery of the warehouse."""
        self.trigger_event(IncentiveNoted, delivered_on=delivered_on)

    def _is_of_type(self, household_type: Personal) -> bool:
        known = self.household_type
        return known is not None and known.value == household_type.value
