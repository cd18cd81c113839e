"""OpenCL kernels and, beside each, its numba twin of the same name and meaning."""
