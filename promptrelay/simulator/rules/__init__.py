"""What the provider refuses: requests, fields, accounts."""
