"""What a report of a fund-year says and how it looks, as a specification."""
