"""What the networks of an ensemble learn: series, tables, films and recordings."""
