"""Funnelscope: argv to the window, or to one headless command."""

import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "list": ("simulator.commands.list", "the experiments; one's parameters and scalars"),
    "run": ("simulator.commands.run", "one experiment without a window: scalars, error bars, agreement with theory"),
    "record": ("ui.record_command", "a scene or an experiment as a video, the same frames each time"),
    "bench": ("benchmarks.command", "throughput on this machine beside its peers"),
    "shot": ("ui.command", "the real window, left to run, saved as a picture"),
    "doctor": ("simulator.commands.doctor", "versions and devices; what is wrong and how to mend it"),
}


def usage() -> str:
    """What `--help` prints."""
    lines = [f"  python main.py {name:<8} {line}" for name, (_, line) in COMMANDS.items()]
    return "\n".join(
        [
            "Funnelscope, an oscilloscope for the statistical mechanics of deep learning",
            "",
            "  python main.py          the window; with --session FILE, a session or a preset open",
            *lines,
            "",
            "python main.py COMMAND --help says more; --version says which version this is.",
        ]
    )


def command(words: Sequence[str]) -> int:
    """Run one headless command."""
    from simulator.commands import shell

    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        noun, valid = (
            ("option", ["--help", "--version", "--session"]) if name.startswith("-") else ("command", list(COMMANDS))
        )
        raise shell.InputError(shell.misspelt(noun, name, valid))
    module_name, line = COMMANDS[name]
    module = importlib.import_module(module_name)
    parser = shell.Parser(prog=f"python main.py {name}", description=line)
    module.add_arguments(parser)
    return int(module.execute(parser.parse(rest)))


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 done, 2 bad input, 3 no usable device, 130 interrupted, 1 anything else."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in ("-h", "--help"):
        print(usage())
        return 0
    if words and words[0] == "--version":
        from simulator.version import VERSION

        print(f"funnelscope {VERSION}")
        return 0
    try:
        from simulator.commands.shell import status_of
    except KeyboardInterrupt:
        return 130
    of_window = not words or words[0].partition("=")[0] == "--session"
    return status_of(lambda: window(words) if of_window else command(words))


def window(words: Sequence[str]) -> int:
    """Open the window; the exit status when it has been closed. Raises FailedError where there is no screen."""
    from simulator import system
    from simulator.commands.shell import FailedError, Parser, add_session

    parser = Parser(prog="python main.py", description="the window")
    add_session(parser)
    session = parser.parse(words).session
    if not system.screen():
        raise FailedError(
            "there is no screen here for the window (DISPLAY and WAYLAND_DISPLAY are empty); "
            "'python main.py run' and 'shot' need none"
        )
    from ui.app import main as run_window

    return int(run_window(session=session))


if __name__ == "__main__":
    sys.exit(main())
