"""Somebody's own data: .npz, .csv and IDX files, opened strictly. Nothing that a file contains is ever evaluated."""
