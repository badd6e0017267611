"""What the system tests share: the daemon, servers behind it, clients in front of it."""
