"""What can be done to many rows of the console's lists at once, one module a domain."""
