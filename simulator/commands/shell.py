"""What the commands share: one-line errors, exit statuses, strict JSON, numbers from text."""

import argparse
import contextlib
import errno
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from simulator import files
from simulator.backends.base import NoDeviceError, OutOfDeviceMemoryError
from simulator.log import log_failure
from simulator.parameters import ParameterError, did_you_mean
from simulator.parameters import misspelt as misspelt
from simulator.parameters import shortened as shortened

DONE, FAILED, BAD_INPUT, NO_DEVICE, INTERRUPTED = 0, 1, 2, 3, 130
MAX_SEED = 2**64 - 1
MAX_STEPS = 10**15


class InputError(Exception):
    """Bad input, in one line."""


class FailedError(Exception):
    """Something outside the program failed (a disk, a display), in one line."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose every complaint is an InputError, with the nearest option for a misspelt one."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(allow_abbrev=False, **keywords)

    def error(self, message: str) -> NoReturn:
        raise InputError(message)

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse every word. Raises InputError."""
        arguments, rest = self.parse_known_args(words)
        if rest and rest[0].startswith("--"):
            raise InputError(
                misspelt("option", rest[0].partition("=")[0], [o for o in self._option_string_actions if o[:2] == "--"])
            )
        if rest:
            raise InputError(f"one argument too many: {shortened(rest[0])}")
        return arguments


def whole_number(name: str, lo: int, hi: int) -> Callable[[str], int]:
    """A reader of whole numbers from `lo` to `hi`, exact to the last digit, whose error names the option `name`."""

    def read(text: str) -> int:
        number = None
        with contextlib.suppress(ValueError):
            number = int(text)
        if number is None:
            with contextlib.suppress(ValueError, OverflowError):
                number = int(float(text)) if float(text) == int(float(text)) and "e" in text.lower() else None
        if number is None or not lo <= number <= hi:
            raise InputError(f"{name} = {shortened(text)} is not allowed: a whole number from {lo} to {hi}")
        return number

    return read


def one_of(name: str, words: Sequence[str]) -> Callable[[str], str]:
    """A reader of one of `words`, whose error names the option and the nearest word."""

    def read(text: str) -> str:
        if text not in words:
            near = did_you_mean(text, words)
            raise InputError(f"{name} = {shortened(text)} is not allowed: one of {', '.join(words)}{near}")
        return text

    return read


def check_out(path: Path, suffixes: Sequence[str]) -> None:
    """Before anything is computed: InputError unless --out ends in one of `suffixes` and names a place that can be
    written; FailedError where the disk is full."""
    given = f"--out = {shortened(str(path))}"
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{given} is not allowed: a file that ends in {' or '.join(suffixes)}")
    try:
        files.check_writable(path)
    except OSError as error:
        kind = FailedError if error.errno in (errno.ENOSPC, errno.EDQUOT) else InputError
        raise kind(f"{given} cannot be written: {error.strerror or error}") from error


def add_set(parser: argparse.ArgumentParser) -> None:
    """`--set NAME=VALUE ...`, as often as wanted."""
    parser.add_argument("--set", metavar="NAME=VALUE", nargs="+", action="extend", default=[], help="parameters")


def add_session(parser: argparse.ArgumentParser) -> None:
    """Declare `--session FILE`."""
    parser.add_argument("--session", metavar="FILE", help="begin with a session file, or with a preset of that name")


def take_stray(arguments: argparse.Namespace, position: str) -> None:
    """Hand the positional `position` the one word without '=' that `--set` took along, if it is missing."""
    stray = [word for word in arguments.set if "=" not in word]
    if getattr(arguments, position) is None and len(stray) == 1:
        setattr(arguments, position, stray[0])
        arguments.set.remove(stray[0])


def strict(value: Any) -> Any:
    """`value` fit for strict JSON: a number that is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(key): strict(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [strict(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def dump(value: Any, indent: int | None = 2) -> str:
    """`value` as strict JSON text."""
    return json.dumps(strict(value), allow_nan=False, ensure_ascii=False, indent=indent)


@contextlib.contextmanager
def interruption() -> Iterator[list[int]]:
    """A list that Ctrl+C makes non-empty; a second Ctrl+C ends the program at once."""
    received: list[int] = []

    def note(number: int, _: object) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    before = signal.signal(signal.SIGINT, note)
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, False)  # a compiler that waits for its linker would take it for a failure
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, before)


def status_of(work: Callable[[], int]) -> int:
    """Do `work`; turn whatever it raises into one line on standard error and an exit status."""
    try:
        status = work()
        sys.stdout.flush()
        return status
    except (InputError, ParameterError, OutOfDeviceMemoryError) as error:
        return _complain(str(error), BAD_INPUT)
    except NoDeviceError as error:
        return _complain(str(error), NO_DEVICE)
    except FailedError as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _close_output()
        return FAILED
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            _close_output()
        return _complain(f"{type(error).__name__}: {error}; {log_failure(error)}", FAILED)


def _complain(message: str, status: int) -> int:
    with contextlib.suppress(OSError):
        print("funnelscope: " + " ".join(message.split()), file=sys.stderr, flush=True)
    return status


def _close_output() -> None:
    """Whoever read standard output has gone, or its disk is full: nothing more may be written there at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
