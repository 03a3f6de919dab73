"""Guns, phones, terminals and files that may scan."""
