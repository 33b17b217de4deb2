"""Free calls that bring answers in: ready list, poll, expiry; all of them end in settling."""
