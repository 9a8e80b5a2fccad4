"""Where to look: the embedded account, an AWS-compatible endpoint, a live account."""
