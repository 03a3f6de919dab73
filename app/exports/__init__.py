"""What leaves, and what answers a code."""
