"""What must be counted when: rules, the counts they plan, and the calendar of what comes."""
