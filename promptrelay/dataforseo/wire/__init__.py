"""What the provider writes, read so that nothing is lost and nothing raises."""
