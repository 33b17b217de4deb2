"""The two calls that cost money: permission, window, sending, and what their replies say."""
