#!/usr/bin/env python3
"""Counts the instructions that a query takes, and compares them with the committed figure.

    gate.py BENCH_CORE              fails when they differ by more than 3 % (.ci/run does this)
    gate.py BENCH_CORE --update     writes the figure to instructions.txt
    gate.py BENCH_CORE --each       counts each benchmark of bench_core, and compares nothing
    gate.py BENCH_CORE --selftest   two runs count the same, and BENCH_CORE_slow, a build with a loop
                                    that does not belong there, fails

The queries of stream.txt are played by `bench_core stream` under valgrind's callgrind, which counts
instructions instead of measuring time: the count does not depend on how busy the machine is.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIGURES = HERE / "instructions.txt"
STREAM = HERE / "stream.txt"
LIMIT = 0.03
CALLS = 1000
# The C library picks its copying by what the processor has: here it is one that all x86-64 have.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(
    "-" + x for x in ("AVX_Fast_Unaligned_Load", "AVX2", "AVX512F", "AVX512VL", "ERMS", "FSRM", "SSSE3", "SSE4_1",
                      "SSE4_2", "BMI2"))


def count_instructions(functions, command):
    """Instructions within the functions named and what they call; what the command printed."""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/out"
        # No addresses by chance (where that is allowed) and no environment: both can shift the stack.
        fixed = subprocess.run(["setarch", "-R", "true"], capture_output=True, check=False).returncode == 0
        run = subprocess.run(
            [*(["setarch", "-R"] if fixed else []), "env", "-i", f"GLIBC_TUNABLES={TUNABLES}", shutil.which("valgrind"),
             "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no",
             *[f"--toggle-collect={name}" for name in functions], *command],
            cwd=folder, capture_output=True, text=True, check=False)
        if run.returncode != 0 or not os.path.exists(out):
            sys.exit(f"gate: {' '.join(command)} failed:\n{run.stderr}")
        total = re.search(r"^(?:totals|summary): (\d+)", Path(out).read_text(errors="replace"),
                          re.MULTILINE)
    if not total or int(total[1]) == 0:
        sys.exit("gate: nothing was counted; is the program stripped?")
    return int(total[1]), run.stdout


def measure(core):
    """Instructions a query."""
    total, said = count_instructions(["stream_queries", "stream_arrival"], [core, "stream", str(STREAM)])
    return total / int(re.search(r"queries (\d+)", said)[1])


def compiler_of(core):
    """gcc-12 or the like: what the program itself says that it was built with."""
    comment = subprocess.run(["readelf", "-p", ".comment", core], capture_output=True, text=True,
                             check=True).stdout
    found = re.findall(r"(GCC|clang)[^\n]*?(\d+)\.\d+\.\d+", comment)
    # A program that clang made also names the gcc of the C library's start code.
    name, version = next((x for x in found if x[0] == "clang"), found[0] if found else ("?", "?"))
    return f"{name.lower()}-{version}-{os.uname().machine}"


def read_figures():
    lines = FIGURES.read_text().splitlines() if FIGURES.exists() else []
    pairs = [x.split() for x in lines if x.strip() and not x.startswith("#")]
    return {name: float(figure) for name, figure in pairs}


def write_figure(compiler, figure):
    before = read_figures()
    figures = before | {compiler: figure}
    print(f"gate: {figure:.1f} instructions a query with {compiler}; before: {before.get(compiler, 'no figure')}")
    text = "# Instructions a query of stream.txt, by compiler: see gate.py. A change of a figure\n" \
           "# belongs into the commit that causes it, whose message says why.\n"
    FIGURES.write_text(text + "".join(f"{k} {v:.1f}\n" for k, v in sorted(figures.items())))


def verdict(core):
    """Whether the figure holds, and what there is to say."""
    compiler, figure = compiler_of(core), measure(core)
    known = read_figures().get(compiler)
    if known is None:
        return False, (f"gate: {figure:.1f} instructions a query with {compiler}, and {FIGURES.name} has no "
                       f"figure for that compiler. `./dev bench gate --update` writes it.")
    change = figure / known - 1
    said = f"gate: {figure:.1f} instructions a query with {compiler}; committed are {known:.1f} ({change:+.2%})"
    if abs(change) <= LIMIT:
        return True, said
    return False, said + (
        f"\ngate: that is more than {LIMIT:.0%}. If it is not meant, find it:"
        "\n          ./dev bench gate --each       the instructions of each part, on both versions"
        "\n      If it is meant, the figure changes in the same commit, whose message gives the reason:"
        "\n          ./dev bench gate --update")


def each(core):
    names = subprocess.run([core, "--list"], capture_output=True, text=True, check=True).stdout.split()
    print(f"{'Benchmark':44} {'Instructions':>13}")
    for name in names:
        if not name.endswith("00000"):  # a simulator takes minutes to fill these
            total, _ = count_instructions(["bench_measured"], [core, "--count", str(CALLS), name])
            print(f"{name:44} {total / CALLS:13.1f}", flush=True)


def selftest(core, slow):
    first, second = measure(core), measure(core)
    if first != second:
        sys.exit(f"gate: two runs of the same program count {first} and {second}")
    good, said = verdict(slow)
    if good:
        sys.exit(f"gate: a loop that does not belong there was not noticed\n{said}")
    print(f"gate: repeatable, and notices {measure(slow) - first:.0f} instructions more a query")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("core", type=os.path.abspath)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--selftest", action="store_true")
    a = parser.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("gate: valgrind is not installed (apt-get install valgrind)")
    if a.each:
        return each(a.core)
    if a.update:
        return write_figure(compiler_of(a.core), measure(a.core))
    if a.selftest:
        return selftest(a.core, a.core + "_slow")
    good, said = verdict(a.core)
    print(said)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
