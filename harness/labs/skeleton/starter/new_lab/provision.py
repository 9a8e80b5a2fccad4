"""Creates the table TABLE_NAME, and enables time to live."""
