"""Commands that change what goes on."""
