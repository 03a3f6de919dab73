"""What is stuck on things: symbols that any reader gives back, on sheets, rolls and printers."""
