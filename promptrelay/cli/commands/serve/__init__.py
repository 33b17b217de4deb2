"""Commands that are the processes of the stack."""
