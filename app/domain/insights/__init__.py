"""Insights (数据): what several domains say together, for pages that ask about all of them. Reads only, changes nothing."""
