"""Where tracebacks go, so that a user sees one line."""

import logging
import os
import sys
from pathlib import Path


def log_file() -> Path:
    """Where tracebacks go: the user's state folder."""
    home = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "state"
    return Path(home) / "funnelscope" / "funnelscope.log"


def log_failure(error: BaseException) -> str:
    """Append the traceback of `error` to the log; where it went, in words."""
    path = log_file()
    logger = logging.Logger("funnelscope")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8", delay=False)
    except OSError as refusal:
        return f"no log could be written: {refusal}"
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(handler)
    log = getattr(error, "log", "")  # a kernel's build log
    logger.error("%s\n%s", " ".join(sys.argv), log, exc_info=error)
    handler.close()
    return f"the details are in {path}"
