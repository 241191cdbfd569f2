"""The stories, act by act: what is done to a case of each kind, in the order of the procedure."""

from __future__ import annotations

from collections.abc import Callable

from shared.cli.demo import acts_assistance, acts_end, acts_incentive, acts_intake, acts_profiling
from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import Kind

WITHDRAWN_AFTER_LETTER, WITHDRAWN_AFTER_PROFILE, WITHDRAWN_AFTER_COMMITMENT = 7, 10, 15


class Quota:
    """Who takes the one place of the small call, and who waits for that."""

    def __init__(self, wait: Callable[[], None], taken: Callable[[], None]) -> None:
        self.wait = wait
        self.taken = taken


def tell(case: Journey, quota: Quota) -> None:
    """Take an identified case to the end of its story. Raises `NotAsExpected`."""
    kind = case.plan.kind
    case.open()
    acts_intake.check_criteria(case)
    if kind is Kind.NOT_ELIGIBLE:
        case.refused("ELIGIBILITY_NOT_COMMUNICATED", "psicosocial", "StartProfiling", day=9, not_yet=("NOT_FOUND",))
        acts_intake.ask_again(case)
        return
    if kind is Kind.LOOKALIKE:
        acts_intake.resolve_duplicate(case)
    if kind is Kind.WITHDRAWN and case.plan.withdrawn_from == "intake":
        acts_intake.withdraw(case, "intake", WITHDRAWN_AFTER_LETTER)
        return
    acts_intake.authorise(case)
    acts_profiling.profile(case)
    if kind is Kind.WITHDRAWN and case.plan.withdrawn_from == "profiling":
        acts_intake.withdraw(case, "profiling", WITHDRAWN_AFTER_PROFILE)
        return
    acts_profiling.validate(case)
    if kind is Kind.NOT_APPROVED:
        acts_profiling.inform_alternatives(case)
        acts_profiling.want_none(case)
        return
    acts_profiling.offer(case)
    if kind is Kind.OFFER_DECLINED:
        acts_profiling.decline(case)
        acts_profiling.want_none(case)
        return
    acts_profiling.accept(case)
    acts_assistance.talk(case)
    acts_assistance.commit(case)
    if kind is Kind.WITHDRAWN:
        acts_intake.withdraw(case, "assistance", WITHDRAWN_AFTER_COMMITMENT)
        return
    _be_assisted(case, quota)


def _be_assisted(case: Journey, quota: Quota) -> None:
    acts_assistance.start_training(case)
    acts_assistance.value_unit(case)
    acts_assistance.declare(case)
    if case.plan.kind is Kind.NOT_APTO:
        acts_assistance.end_training(case)
        acts_assistance.strengthen(case)
        return
    acts_incentive.hand_over(case, quota.wait, lambda: acts_assistance.end_training(case))
    if case.plan.index == 0:
        quota.taken()
    acts_incentive.plan(case)
    decision = acts_incentive.decide(case)
    acts_incentive.deliver(case, decision)
    if case.plan.kind is Kind.DELIVERED:
        acts_end.conduct(case)
        acts_end.end(case)
