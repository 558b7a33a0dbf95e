"""The recorded world's figures as rows for docs/figures.md: `python scripts/measure/recorded.py [--seconds 10]`."""

import argparse
import sys

from lab.bench.bench import measure
from lab.recorded import takes


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=10.0)
    folder = takes.own_folder()
    files = [folder / name for name in takes.take_names(folder)]
    print("| figure | target | measured | beside |\n|---|---|---|---|")
    for figure in measure(lambda text: sys.stderr.write(f"{text}\n"), asked.parse_args().seconds):
        mark, about, measured, target, beside = figure.as_row()
        print(f"| {about} | {target} | {mark} {measured} | {beside} |", flush=True)
    size = sum(file.stat().st_size for file in files) / 1e6
    print(f"| takes in the repository | at most 20 MB | {size:.2f} MB | {len(files)} |")


if __name__ == "__main__":
    main()
