"""One widget for each kind of picture in simulator.figures."""
