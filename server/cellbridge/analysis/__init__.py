"""Static and live knowledge about code, merged."""
