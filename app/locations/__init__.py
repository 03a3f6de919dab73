"""Places with a printed code, in a tree, each in a site."""
