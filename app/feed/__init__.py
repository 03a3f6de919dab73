"""Who is watching: all changes of a site in order, and who did what."""
