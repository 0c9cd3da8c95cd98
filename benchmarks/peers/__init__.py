"""The same work done the usual way: with pandas and Great Expectations, and with dbt on DuckDB."""
