"""What theory predicts: pure float64 functions with the equation and its paper in each docstring.

Imports numpy and scipy alone. Energies are per spin, k_B = 1, logarithms natural, spins on |s|^2 = N. The glass has
covariance N f(q), and `Mixture` is the one place in which f, its roughness included, is defined.
"""
