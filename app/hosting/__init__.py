"""What the Studio needs as a server for strangers: who may talk to it, how much, and how it starts and ends."""
