"""Write a project around a Go function: find the function, lay the files down, record vectors from it."""
