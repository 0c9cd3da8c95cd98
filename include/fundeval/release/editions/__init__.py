"""The editions of the dataset: CSV, Parquet, workbook and data package, all from the one dictionary."""
