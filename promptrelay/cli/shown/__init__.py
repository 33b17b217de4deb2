"""What people see: plans, progress, receipts, schedules as text."""
