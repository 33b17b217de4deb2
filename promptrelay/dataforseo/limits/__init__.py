"""What the account allows, counted in Redis for all hosts, with the scripts that count it."""
