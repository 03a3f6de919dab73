"""What is true: moves and the balances they add up to."""
