"""Devices: the interface, OpenCL, numba, and the choice between them.

The environment is set here, before anything imports pyopencl or numba: pinned PoCL threads launch more evenly, and
numba's waiting threads must not spin beside BLAS.
"""

import os

os.environ.setdefault("POCL_AFFINITY", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
