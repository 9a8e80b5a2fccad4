"""How an account is reached: the door, the gateway, and the three targets behind it."""
