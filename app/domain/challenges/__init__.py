"""Challenges (挑战赛): a reward for who sells so much by a day, first come, until a budget is used.

Only sales count (R19: nobody is paid for enrolling). Nothing is owed before it is over and returns have had their time; then a second
person, not the one who made it, confirms who reached the goal, and each reward is posted once.
"""
