"""What tests of drivers derive from."""
