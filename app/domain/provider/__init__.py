"""What an online payment provider holds for us: sessions, charges, accounts, transfers, what it tells and what its books say."""
