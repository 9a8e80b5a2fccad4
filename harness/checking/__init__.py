"""What a check is, what it found, and the order in which checks run."""
