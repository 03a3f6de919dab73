"""How good the book is and how counting goes: accuracy, shrinkage, coverage, speed, recounts."""
