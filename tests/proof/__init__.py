"""Proof of the claims about money that no single rule's test can give: kills, races and their twins, any order of steps."""
