"""The serving database: the dataset of every release, for dashboards and other programs to query."""
