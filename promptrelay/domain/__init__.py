"""Money, states, postings and rules. Pure: imports nothing of ours and no library of the outside."""
