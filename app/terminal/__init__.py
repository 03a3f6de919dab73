"""Who is typing: the dialogue of each task at a terminal."""
