"""Checks of evidence: of what a submission's code did."""
