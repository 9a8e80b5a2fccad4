"""A submission's folder; its script and its code run in separate processes."""
