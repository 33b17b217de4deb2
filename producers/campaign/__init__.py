"""What a campaign wants: its file, its targets, its rows and whom they go to; nothing here counts."""
