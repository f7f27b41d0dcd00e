"""Drawings of luggage as SVG text: a piece stands on the floor at y = 0, centred on x = 0."""
