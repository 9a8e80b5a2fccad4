"""Where to look: the embedded account, an endpoint that is compatible with AWS, a live account."""
