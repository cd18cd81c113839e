"""What a lesson's page says of its own: what is waited for, whether the prediction was right, how it went."""

import math

from ui.lessons.names import STEP
from ui.lessons.player import Player
from ui.theory_panel import minus, with_error


def waited_for(player: Player) -> str:
    """One line for each thing that is waited for, with its value now."""
    wait = player.step.wait
    assert wait is not None
    lines = []
    for compare in wait.compares():
        found = player.look(compare.name)
        known = isinstance(found, (int, float)) and not isinstance(found, bool) and math.isfinite(found)
        now = f"{found:.4g}" if known else "–" if isinstance(found, float) else str(found)
        mark = "✓" if compare.holds(player.look) else "…"
        lines.append(f"{mark} {compare} (now {minus(now)})")
    head = "Waiting for" if len(lines) == 1 or " and " in str(wait) else "Waiting for one of"
    return "\n".join([head, *lines])


def meaning(player: Player) -> str:
    """What the names that are waited for mean, for a tooltip."""
    wait = player.step.wait
    if wait is None:
        return ""
    words = player.channel.kind.scalars
    names = dict.fromkeys(compare.name for compare in wait.compares())
    return "\n".join(f"{name}: {words[name]}" for name in names if name != STEP and name in words)


def verdict(player: Player) -> str:
    """How the prediction compares with what came; "" where there is nothing to say."""
    step = player.step
    if step.choices and player.answer is not None:
        return "Right." if player.right else "Not so."
    if step.place is None or player.guess is None:
        return ""
    guess = minus(f"{player.guess:.3g}")
    if player.measured is None or not math.isfinite(player.measured.mean):
        return f"You said {guess}; it has not been measured."
    measured = with_error(player.measured.mean, player.measured.stderr)
    if player.right:
        return f"You said {guess}; measured {measured}. Well judged."
    off = minus(f"{abs(player.guess - player.measured.mean):.2g}")
    return f"You said {guess}; measured {measured}. That is {off} off."


def last_words(player: Player) -> str:
    """On the last page: how many predictions came true."""
    if not player.last or not player.verdicts:
        return ""
    right, all_ = sum(player.verdicts.values()), len(player.verdicts)
    return f"*Of your predictions, {right} of {all_} came true.*"
