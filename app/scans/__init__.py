"""What was said: the one door in."""
