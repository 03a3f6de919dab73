"""Files in: read in a limited process, understood, taken over, and a report that accounts for every row."""
