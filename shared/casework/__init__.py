"""What the aggregates of a case in every service decide alike: how a case ends and is taken up again."""
