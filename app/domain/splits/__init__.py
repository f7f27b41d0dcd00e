"""Split plan (分账方案): what store, dealer, mall, region and fulfilling store take of the base, per store or inherited
down the org tree (R22). The brand keeps the remainder, never less than its guarded margin."""
