"""Arrays that are not contiguous, against NumPy on the same views.

    python bench/layouts.py

What src/nd_plan.c and the tiles in src/nd.h are measured with: build with another value, and
compare two runs by their columns, which are ratios.
"""

from leakyc.benchmark import progress, results, sweep, tables


def main():
    found = sweep.run(sweep.Wanted(only=["layouts"]), progress.Progress())
    print(tables.layouts_table(found).text())
    print(results.verdict(found["groups"]))


if __name__ == "__main__":
    main()
