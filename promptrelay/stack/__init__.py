"""The processes that `run` and `up` start themselves, and the data directory they share."""
