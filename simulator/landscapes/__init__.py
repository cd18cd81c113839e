"""Random landscapes: energy, gradient, slice and Hessian of one family a file."""
