"""Provider accounts: balance and pauses, post numbers, lists of models, reconciling."""
