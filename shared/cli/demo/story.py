"""The stories, act by act: what is done to a case of each kind, in the order of the procedure."""

from __future__ import annotations

from collections.abc import Callable

from shared.cli.demo import (
    acts_assistance,
    acts_end,
    acts_exits,
    acts_incentive,
    acts_intake,
    acts_profiling,
    acts_records,
    acts_referral,
    acts_transfer,
)
from shared.cli.demo.journey import Journey
from shared.cli.demo.plan import DELIVERING, NOT_MET_AT_FIRST, Kind


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
    if kind in NOT_MET_AT_FIRST:
        case.refused("ELIGIBILITY_NOT_COMMUNICATED", "psicosocial", "StartProfiling", day=9, not_yet=("NOT_FOUND",))
        acts_intake.ask_again(case)
    elif kind is Kind.MERGED:
        acts_exits.merge(case)
    elif case.plan.left_from == "intake":
        acts_exits.leave(case, "intake")
    else:
        _be_profiled(case, quota)


def _be_profiled(case: Journey, quota: Quota) -> None:
    kind = case.plan.kind
    if kind is Kind.LOOKALIKE:
        acts_intake.resolve_duplicate(case)
    if kind is Kind.DELIVERED:
        acts_records.know_the_person(case)
    if kind is Kind.REPEATED_PROFILE:
        acts_intake.check_again(case)
    acts_intake.authorise(case)
    acts_profiling.profile(case)
    if case.plan.left_from == "profiling":
        acts_exits.leave(case, "profiling")
        return
    if kind is Kind.REPEATED_PROFILE:
        acts_profiling.profile_again(case)
    acts_profiling.validate(case)
    if kind in (Kind.NOT_APPROVED, Kind.REFERRED):
        acts_profiling.inform_alternatives(case)
        (acts_referral.refer if kind is Kind.REFERRED else acts_profiling.want_none)(case)
        return
    if kind is Kind.NO_ROUTE:
        acts_profiling.find_no_route(case)
        acts_profiling.inform_alternatives(case)
        acts_referral.refer_outside(case)
        return
    acts_profiling.offer(case)
    if kind is Kind.OFFER_DECLINED:
        acts_profiling.decline(case)
        acts_profiling.want_none(case)
        return
    acts_profiling.accept(case)
    acts_assistance.talk(case)
    acts_assistance.commit(case)
    if kind is Kind.DELIVERED:
        acts_records.keep_minutes(case)
    if case.plan.left_from == "assistance":
        acts_exits.leave(case, "assistance")
    if kind is Kind.REOPENED:
        acts_exits.reopen(case, "assistance")
    if kind is Kind.REOPENED or not (case.plan.left_from or kind is Kind.REPEATED_PROFILE):
        _be_valued(case, quota)


def _be_valued(case: Journey, quota: Quota) -> None:
    kind = case.plan.kind
    acts_assistance.start_training(case)
    acts_assistance.value_unit(case)
    if kind is Kind.EXCEPTION:
        acts_assistance.report_again(case)
    acts_assistance.declare(case)
    if kind is Kind.DELIVERED:
        acts_records.correct(case)
    if kind in (Kind.NOT_APTO, Kind.SECOND_VALUATION, Kind.REOPENED):
        acts_assistance.end_training(case)
    if kind in (Kind.NOT_APTO, Kind.SECOND_VALUATION):
        acts_assistance.strengthen(case)
    if kind is Kind.SECOND_VALUATION:
        acts_assistance.enrol_again(case)
        acts_assistance.value_unit(case, again=True)
        acts_assistance.declare(case, again=True)
    if kind not in (Kind.NOT_APTO, Kind.SECOND_VALUATION, Kind.REOPENED):
        _be_assisted(case, quota)


def _be_assisted(case: Journey, quota: Quota) -> None:
    kind = case.plan.kind
    hours = acts_assistance.except_from_training if kind is Kind.EXCEPTION else acts_assistance.end_training
    acts_incentive.hand_over(case, quota.wait, lambda: hours(case))
    if case.plan.index == 0:
        quota.taken()
    acts_incentive.plan(case)
    if kind is Kind.TRANSFERRED:
        acts_transfer.transfer(case)
        acts_transfer.go_on(case)
    if kind not in DELIVERING:
        return
    decision = acts_incentive.decide(case)
    acts_incentive.deliver(case, decision)
    if kind is Kind.DELIVERED:
        acts_records.breach(case)
        acts_end.conduct(case)
        acts_end.end(case)
