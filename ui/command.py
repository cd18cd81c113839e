"""`shot [WORKSPACE]`: the real window, left to run, saved as a picture. Imports Qt only when it is run."""

import argparse
import re
from pathlib import Path

from simulator import files, parameters
from simulator.commands import shell
from ui.sizes import SMALLEST

MAX_SIDE = 16384
MAX_SECONDS = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this command's arguments."""
    parser.add_argument("workspace", metavar="WORKSPACE", nargs="?", help="which layout to show (default: the first)")
    shell.add_set(parser)
    shell.add_session(parser)
    parser.add_argument("--after", metavar="SECONDS", type=seconds, default=3.0, help="let it run so long first")
    parser.add_argument(
        "--size", metavar="WIDTHxHEIGHT", type=size, default=(1440, 900), help="of the window, in pixels"
    )
    parser.add_argument(
        "--theme", metavar="dark|light", type=shell.one_of("--theme", ("dark", "light")), default="dark"
    )
    parser.add_argument(
        "--seed", type=shell.whole_number("--seed", 0, shell.MAX_SEED), help="fixes every random number"
    )
    parser.add_argument("--out", metavar="FILE.png", type=Path, help="the picture (needed)")


def execute(arguments: argparse.Namespace) -> int:
    """Open the window, wait, save, close."""
    shell.take_stray(arguments, "workspace")
    check_size(arguments.size)
    out: Path | None = arguments.out
    if out is None:
        raise shell.InputError("shot needs --out FILE.png")
    if out.suffix.lower() != ".png":
        raise shell.InputError(f"--out = {shell.shortened(str(out))} is not allowed: a file that ends in .png")
    try:
        files.check_writable(out)
    except OSError as error:
        line = f"--out = {shell.shortened(str(out))} cannot be written: {error.strerror or error}"
        raise shell.InputError(line) from error
    assignments = parameters.parse_assignments(arguments.set)
    with shell.interruption() as interrupted:  # before there is anything of Qt, which what Ctrl+C raises can bring down
        from ui.app import take_shot

        return take_shot(
            workspace=arguments.workspace,
            after=arguments.after,
            size=arguments.size,
            theme=arguments.theme,
            out=out,
            assignments=assignments,
            seed=arguments.seed,
            session=arguments.session,
            interrupted=interrupted,
        )


def seconds(text: str) -> float:
    """A time in seconds. Raises InputError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= MAX_SECONDS:
        raise shell.InputError(
            f"--after = {shell.shortened(text)} is not allowed: a number of seconds from 0 to {MAX_SECONDS:g}"
        )
    return value


def check_size(sides: tuple[int, int]) -> None:
    """Raise InputError for a window smaller than there may be one."""
    if any(side < least for side, least in zip(sides, SMALLEST, strict=True)):
        given, least = ("x".join(map(str, each)) for each in (sides, SMALLEST))
        raise shell.InputError(f"--size = {given!r} is not allowed: {least} at least, the smallest window there is")


def size(text: str) -> tuple[int, int]:
    """`1440x900` as (width, height). Raises InputError."""
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= MAX_SIDE for side in sides):
        raise shell.InputError(
            f"--size = {shell.shortened(text)} is not allowed: WIDTHxHEIGHT such as 1440x900, 16 to {MAX_SIDE}"
        )
    return sides
