"""Go as a user has it: the go command, the packages of their module, the functions in them."""
