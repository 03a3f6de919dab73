"""Where what was said and what is true are compared."""
