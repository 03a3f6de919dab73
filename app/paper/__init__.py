"""What is counted with a pen: sheets to print, and what each asks for, so that it can be typed in again."""
