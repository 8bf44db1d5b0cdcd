"""What kernels are fed with: a user's file or generated logs, cut and packed to the asked size."""
