"""Reports: each is made from the one result object of `harness.grade`."""
