"""What the ledger says, for people: receipt, progress, forecast, reconciling."""
