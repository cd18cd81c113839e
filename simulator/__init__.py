"""Everything that computes. Never imports Qt, pyqtgraph or ui."""
