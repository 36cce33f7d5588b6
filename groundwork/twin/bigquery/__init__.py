"""BigQuery on the twin: datasets and tables as folders of Parquet files, queried with DuckDB."""
