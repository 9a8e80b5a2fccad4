"""Languages of AWS that checks must understand: metric math, event filter patterns, Athena SQL."""
