"""Community groups (社群): the chat groups a guide sells in.

Nothing in a chat can be read from outside. What is known is what she says of it (its name, how many members) and what its
own links bring: a group's links carry its mark, so openings and orders can be told apart by group.
"""
