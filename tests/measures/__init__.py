"""Specification of the measures: small tables in, expected tables out."""
