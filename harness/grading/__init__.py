"""Grades one submission on one target, from start to end; records a tape, and grades it again."""
