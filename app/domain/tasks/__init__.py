"""Tasks (任务): what headquarters or a manager asks guides to do, day by day, and who did it.

A template says what, whom and when; a task is one template on one day and part of day; an assignment is one guide's part in it.
"""
