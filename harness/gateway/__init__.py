"""The HTTP server in front of every target. It knows who sent each request, records it, and lets rules answer it."""
