"""What the generator writes in Python."""
