"""The flagship shop of the sample brand: what it sells, the feed it publishes, the pictures it shows."""
