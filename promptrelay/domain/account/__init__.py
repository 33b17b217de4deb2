"""A provider account: why it is paused, when it must stop, what it may still spend."""
