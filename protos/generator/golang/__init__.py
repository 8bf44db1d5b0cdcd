"""What the generator writes in Go."""
