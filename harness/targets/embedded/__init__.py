"""The embedded account: moto, corrected and made to refuse what AWS refuses."""
