#!/usr/bin/python3
"""Writes letters.npy, three maps of 8 x 8 that draw L, R and P, and digit.npy, the image of a zero that they explain.

Run by the maintainers: both files are committed. Needs python3-numpy.
"""
import pathlib

import numpy as np

LETTERS = """
........ ........ ........
.##..... .#####.. .#####..
.##..... .##..##. .##..##.
.##..... .##..##. .##..##.
.##..... .#####.. .#####..
.##..... .##.##.. .##.....
.######. .##..##. .##.....
........ ........ ........
"""


def main():
    here = pathlib.Path(__file__).resolve().parent
    rows = [line.split() for line in LETTERS.strip().splitlines()]
    maps = [[[float(pixel == "#") for pixel in row[letter]] for row in rows] for letter in range(3)]
    np.save(here / "letters.npy", np.array(maps, dtype=np.float32).reshape(3, 64))
    images = np.load(here.parent / "data" / "digits_flat.npy")
    np.save(here / "digit.npy", images[:1])


if __name__ == "__main__":
    main()
