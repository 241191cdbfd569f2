"""Inventory: the warehouse of PR-156 act. 19, from the receipt of goods to their signed delivery."""
