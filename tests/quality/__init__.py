"""Specification of the checks that decide whether a run may go on."""
