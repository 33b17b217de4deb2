"""What a campaign would send, cost and take; reads the database's past, writes nothing."""
