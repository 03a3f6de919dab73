"""The local network: https with a certificate authority of our own, and the pages that lead a phone to trust it."""
