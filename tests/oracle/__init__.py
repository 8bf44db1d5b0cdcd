"""The oracle: golden vectors in plain Python, independent of the generator and of every other implementation."""
