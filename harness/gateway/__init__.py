"""The HTTP front of every target: it tells roles apart, records requests, and lets rules answer."""
