"""Whether tools that others wrote say the same of the same worker."""
