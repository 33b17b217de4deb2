"""What producers and workers share, and the command."""
