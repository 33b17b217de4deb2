"""Brings a database that went back in time up to what was sent with it (P30)."""
