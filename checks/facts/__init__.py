"""What several judges read."""
