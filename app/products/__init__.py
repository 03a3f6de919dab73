"""What is stocked, and which codes name it."""
