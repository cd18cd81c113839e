"""Check, before anything is installed, that the system has what Qt's window and PoCL's linker need.

Installs it with apt-get where that can be done without asking (root on Debian or Ubuntu); otherwise prints the one
command to type and stops. FUNNELSCOPE_SYSTEM_CHECK=off skips it.
Usage: python3 packaging/check_system.py [--tests]
"""

import os
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulator.system import has_apt, missing, remedy  # noqa: E402

ELSEWHERE = {
    "darwin": "macOS: Qt needs nothing more; PoCL links its kernels with ld, which 'xcode-select --install' brings. "
    "Not tried by the authors.",
    "win32": "Windows: Qt needs nothing more; there is no PoCL wheel, so OpenCL comes from a graphics driver, and "
    "numba computes where there is none. Not tried by the authors.",
}


def install(packages: list[str]) -> bool:
    """apt-get the packages, with fresh lists if the first try fails. Needs root."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def apt(*words: str, quiet: bool = False) -> bool:
        output = subprocess.DEVNULL if quiet else sys.stderr
        command = ["apt-get", "-qq", *words]
        ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        return ran.returncode == 0

    wanted = ("install", "-y", "--no-install-recommends", *packages)
    return apt(*wanted, quiet=True) or (apt("update") and apt(*wanted))


def main() -> int:
    """0 when everything is there, at the start or after an install; 1 with one line that says what to type."""
    if os.environ.get("FUNNELSCOPE_SYSTEM_CHECK") == "off":
        return 0
    if sys.platform in ELSEWHERE:
        print(ELSEWHERE[sys.platform], file=sys.stderr)
    tests = "--tests" in sys.argv
    lacking = missing(tests)
    if not lacking:
        return 0
    for item in lacking:
        print(f"missing: {item.what}, for {item.needed_by}", file=sys.stderr)
    if has_apt() and os.geteuid() == 0:
        packages = list(dict.fromkeys(item.package for item in lacking))
        print("installing: " + " ".join(packages), file=sys.stderr, flush=True)
        if install(packages):
            # A library that has only just come may need another process to be found; the program itself tells.
            return 0
    print(f"please type: {remedy(lacking)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
