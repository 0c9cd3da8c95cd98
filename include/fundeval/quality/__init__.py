"""Checks that decide whether a run may go on: Great Expectations over every table, rules between tables, the gate."""
