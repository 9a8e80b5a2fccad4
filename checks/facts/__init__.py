"""What several checks read."""
