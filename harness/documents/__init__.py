"""Strict YAML, JSON Schemas and plain data: what everything else reads and writes."""
