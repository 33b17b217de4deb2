"""The dispatcher and what it tends each tick; the only producer that publishes messages."""
