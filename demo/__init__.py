"""The sample brand 远途 FARWAY: its flagship feed, its pictures, its stores and its people."""
