"""What an operator has done to stored answers: proving, fetching again, purging; no worker runs these."""
