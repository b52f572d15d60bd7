"""Programs that use leakyc. Each runs from the checkout's root: `python -m examples.NAME`."""
