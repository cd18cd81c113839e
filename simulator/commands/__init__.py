"""The headless commands, one file each: `add_arguments(parser)` and `execute(arguments) -> exit status`."""
