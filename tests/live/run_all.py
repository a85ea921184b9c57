"""Every live comparison, one after the other. Exit 0 only if all that ran agree.

    build/live-peers/bin/python tests/live/run_all.py --lrproof build/dev/lrproof [--only PEER]

Without --lrproof only the peers' own halves run, and every comparison counts as skipped.
A peer that does not import is skipped with its reason, and fails when CI=true.
"""
import argparse
import importlib
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from nets import Tally  # noqa: E402

COMPARISONS = ["study", "zennit", "captum", "onnxruntime", "export", "smt"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lrproof", help="the lrproof command to compare")
    parser.add_argument("--only", choices=COMPARISONS)
    arguments = parser.parse_args()
    tally = Tally()
    for peer in [arguments.only] if arguments.only else COMPARISONS:
        try:
            importlib.import_module(f"compare_{peer}").run(tally, arguments.lrproof)
        except ImportError as reason:
            (tally.fail if os.environ.get("CI") == "true" else tally.skip)(peer, f"skipped: {reason}")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
