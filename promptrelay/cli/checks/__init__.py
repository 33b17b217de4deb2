"""What `doctor` looks at, one file a thing; changes nothing."""
