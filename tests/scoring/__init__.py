"""Specification of rules, schemes and scoring: small tables in, expected scores and findings out."""
