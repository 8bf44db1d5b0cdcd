"""What is shipped: the same bytes each time, with the papers that belong to it."""
