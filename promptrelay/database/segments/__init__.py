"""Where answers lie: segments, their merging, and the rows that point at them (P18)."""
