"""The provider's calls, one file each."""
