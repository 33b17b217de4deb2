"""What a request must be before a cent is spent on it; pure."""
