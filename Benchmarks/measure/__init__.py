"""The parts of the benchmark, one a file."""
