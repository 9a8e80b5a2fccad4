"""The only way to read an account, and what AWS's errors, policies and Regions mean."""
