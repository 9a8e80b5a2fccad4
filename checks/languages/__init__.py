"""Languages of AWS that judges must understand: metric math, event filter patterns, Athena SQL."""
