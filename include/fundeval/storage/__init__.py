"""The storage root as an object store: copies to work on, and what keeps them and the store the same."""
