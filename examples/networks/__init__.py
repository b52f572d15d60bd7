"""What Leaky ReLU is for, shown by runs of small networks on real data.

`python -m examples.networks` runs all of them and rewrites docs/networks.md;
`python -m examples.networks.dying_neurons` runs one.
"""

SCRIPTS = (
    "dying_neurons",
    "convergence",
    "replace_relu",
    "convolution",
    "recurrent",
    "gan",
    "drop_in",
)
