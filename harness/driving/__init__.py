"""Scenarios: what is done with a submission's code, and the evidence of it."""
