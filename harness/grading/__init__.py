"""One submission on one target, start to finish; its tape, and judging that again."""
