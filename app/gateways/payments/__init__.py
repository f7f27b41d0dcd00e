"""Payment and payout providers behind one port; the sandbox plays the cashier."""
