"""Tests of a storage root in an object store."""
