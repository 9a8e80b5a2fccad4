"""Scenarios: what the tool does with a submission's code, and the evidence that it gathers."""
