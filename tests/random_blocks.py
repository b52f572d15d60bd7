"""How hypothesis runs random cases: in blocks of one seed each, and counted."""

from conftest import FUZZ_CASES, FUZZ_SEED
from hypothesis import HealthCheck, given, seed, settings

BLOCK = 2500


def blocks(quarters):
    """Parameters for a test that runs so many quarters of the cases asked for: the seed and the
    size of each block. What hypothesis keeps of a run takes memory without bound, so that long
    runs are many short ones."""
    cases = max(FUZZ_CASES * quarters // 4, 1)
    starts = range(0, cases, BLOCK)
    return [(FUZZ_SEED + i, min(BLOCK, cases - start)) for i, start in enumerate(starts)]


def run_block(strategy, check, block, counts):
    """Checks random cases. `check` compares the calls of a case and yields how each ended."""
    first, cases = block

    @seed(first)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(case):
        for how in check(case):
            counts[how] += 1

    run()
