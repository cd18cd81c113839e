"""Networks: random fully connected ones (signals.py) and the inputs sent through them (inputs.py)."""
