"""Lessons: Markdown that sets parameters, asks for a prediction, waits for what is measured, and explains."""
