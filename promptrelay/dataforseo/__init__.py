"""The provider as we see it: its calls, its wire format, its limits, its status codes."""
