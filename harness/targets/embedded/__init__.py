"""The embedded account: moto, with corrections, which refuses what AWS refuses."""
