"""The one door through which an account is read, and what AWS means by its errors, policies and Regions."""
