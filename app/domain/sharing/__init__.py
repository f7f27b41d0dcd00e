"""Sharing: how a guide hands a product to a shopper.

A *share link* is the short address that carries the guide who shared it; a *poster* is the picture of it a
guide sends in a chat (product, price with its date, the guide, and the link as a QR code); a *share kit* is
the brand's ready copy and pictures for a campaign. Her *shelf* is what she puts first in her shop; a *pin* is
what headquarters puts before it.
"""
