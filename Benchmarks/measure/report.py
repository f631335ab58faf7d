"""What was measured, as a table while it runs and as rows for the file."""

import statistics


def median(values):
    return statistics.median(values) if values else float("nan")


def spread(values):
    """Half the range, as a share of the median: how noisy the rounds were."""
    return (max(values) - min(values)) / 2 / median(values) if values and median(values) else 0.0


class Report:
    def __init__(self):
        self.rows = []

    def part(self, title):
        print(f"\n{title}", flush=True)

    def add(self, name, value, unit, aim=None, passed=None, note=""):
        """One result. `aim` is text; `passed` is None where nothing is aimed at."""
        self.rows.append({"name": name, "value": value, "unit": unit, "aim": aim, "passed": passed, "note": note})
        verdict = "" if passed is None else ("pass" if passed else "FAIL")
        shown = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
        print(f"  {name:<58} {shown:>10} {unit:<9} {aim or '':<9} {verdict:<5} {note}".rstrip(), flush=True)

    def at_least(self, name, value, unit, least, note=""):
        self.add(name, value, unit, f"≥ {least:g}", value >= least, note)

    def at_most(self, name, value, unit, most, note=""):
        self.add(name, value, unit, f"≤ {most:g}", value <= most, note)

    @property
    def passed(self):
        return all(row["passed"] is not False for row in self.rows)

    def summary(self):
        aimed = [row for row in self.rows if row["passed"] is not None]
        print(f"\n{sum(row['passed'] for row in aimed)} of {len(aimed)} aims met")
        for row in aimed:
            if not row["passed"]:
                print(f"  missed: {row['name']}: {row['value']:,.2f} {row['unit']}, aim {row['aim']}")
