"""Loads and validates the definitions of labs."""
