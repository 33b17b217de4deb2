"""Jobs and the attempts at them: claim, permission, evidence and what it books."""
