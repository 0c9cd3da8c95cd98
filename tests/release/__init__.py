"""What may leave the house and how, as a specification."""
