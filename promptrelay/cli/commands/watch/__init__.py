"""Commands that show how far it is."""
