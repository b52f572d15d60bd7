"""The benchmark: what is timed, how, and how it is shown. `python -m leakyc bench` runs it."""
