"""What every other room stands on: errors, money, the fund-year, folders and the engine inside a task."""
