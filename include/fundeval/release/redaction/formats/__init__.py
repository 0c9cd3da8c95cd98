"""Readers of the formats a release may hold: each gives every text in a file and the files inside it."""
