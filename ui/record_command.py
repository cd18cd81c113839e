"""`record SCENE|EXPERIMENT`: a video, made headless on its own time. Imports Qt only when it is run."""

import argparse
import dataclasses
from pathlib import Path

from simulator import parameters, sessions
from simulator.commands import shell
from simulator.scenes import MAX_FPS, MAX_SECONDS, THEMES, Scene, filmed

SUFFIXES = (".mp4", ".png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this command's arguments."""
    parser.add_argument(
        "what", metavar="SCENE|EXPERIMENT", nargs="?", help="a scene's file or name, or an experiment as it begins"
    )
    parser.add_argument(
        "--out", metavar="FILE.mp4", type=Path, help="the video (default: NAME.mp4 here); FILE.png: numbered pictures"
    )
    parser.add_argument("--seconds", metavar="T", type=_seconds, help="how long it is (default: as the scene says, 20)")
    parser.add_argument(
        "--fps", metavar="F", type=shell.whole_number("--fps", 1, MAX_FPS), help="frames a second (default: 30)"
    )
    parser.add_argument("--size", metavar="WIDTHxHEIGHT", type=_size, help="of the picture (default: 1280x720)")
    parser.add_argument("--theme", metavar="dark|light", type=shell.one_of("--theme", THEMES), help="its colours")
    parser.add_argument(
        "--view", metavar="window|canvas|PANEL", help="the whole window, without its controls, or one panel alone"
    )
    parser.add_argument(
        "--seed", type=shell.whole_number("--seed", 0, shell.MAX_SEED), help="fixes every random number"
    )
    shell.add_set(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Read the scene, film it, say where the video is."""
    shell.take_stray(arguments, "what")
    if arguments.what is None:
        raise shell.InputError("which scene or experiment? 'tour' shows all; 'python main.py list' names experiments")
    out: Path = arguments.out or Path(f"{Path(arguments.what).name.split('.')[0]}.mp4")
    shell.check_out(out, SUFFIXES)
    with shell.interruption() as interrupted:  # before there is anything of Qt, which what Ctrl+C raises can bring down
        from ui.app import configure_environment

        configure_environment()
        from ui import record

        return record.record(asked(arguments), out, interrupted)


def asked(arguments: argparse.Namespace) -> Scene:
    """The scene, with what the command line says before it. Raises InputError, ParameterError."""
    from simulator.experiments import EXPERIMENTS
    from simulator.presets import scenes as shipped
    from ui.workspaces import workspaces_for

    names = [kind.name for kind in EXPERIMENTS]
    word: str = arguments.what
    if word in names and word not in shipped.NAMES and not Path(word).is_file():
        kind = next(kind for kind in EXPERIMENTS if kind.name == word)
        scene = Scene(filmed(sessions.Session({word: sessions.usual(kind)})))
    else:
        scene = shipped.find(word, [each.name for each in workspaces_for(EXPERIMENTS)], names)
    wishes = {name: getattr(arguments, name) for name in ("seconds", "fps", "size", "theme", "view")}
    scene = dataclasses.replace(scene, **{name: wish for name, wish in wishes.items() if wish is not None})
    return with_values(scene, parameters.parse_assignments(arguments.set), arguments.seed)


def with_values(scene: Scene, values: dict[str, str], seed: int | None) -> Scene:
    """The scene with other parameters of its first experiment to begin with, and another seed for all."""
    runs = dict(scene.session.experiments)
    first = next(iter(runs))
    changed = parameters.to_json(runs[first].params) | values
    runs[first] = dataclasses.replace(runs[first], params=parameters.make(type(runs[first].params), changed))
    if seed is not None:
        runs = {name: dataclasses.replace(run, seed=seed) for name, run in runs.items()}
    return dataclasses.replace(scene, session=dataclasses.replace(scene.session, experiments=runs))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.1 <= value <= MAX_SECONDS:
        raise shell.InputError(
            f"--seconds = {shell.shortened(text)} is not allowed: a number from 0.1 to {MAX_SECONDS:g}"
        )
    return value


def _size(text: str) -> tuple[int, int]:
    from simulator.scenes import SIDES
    from ui.command import size

    sides = size(text)
    if any(side % 2 or not SIDES[0] <= side <= SIDES[1] for side in sides):
        raise shell.InputError(
            f"--size = {shell.shortened(text)} is not allowed: even sides from {SIDES[0]} to {SIDES[1]}, as in 1280x720"
        )
    return sides
