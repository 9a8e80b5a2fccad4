"""The proof of a lab's verdicts: what is wrong must change a finding, what is right must not."""
