"""Training cards (培训卡): what headquarters wants every guide to know, in one reading, with a few questions after it.

A card asks at most five questions with one right answer each; answers are checked on the server and explained afterwards. What is
kept of a guide is how often she tried, what the last try came to, and when she first passed.
"""
