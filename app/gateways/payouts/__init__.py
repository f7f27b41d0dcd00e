"""Payout providers behind one port: the offline one writes files that people carry to payroll and the bank.

Another one is a module beside it with the port's two methods: `take` while the run is booked, `deliver` over the network.
"""
