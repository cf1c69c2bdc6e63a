"""Fuzzes both ends of the host link with libFuzzer, guided by coverage, on stable Rust.

Used by `make fuzz`: python3 host/fuzz.py SECONDS [TARGET...]; SECONDS are for each target of tests/src/fuzz.rs. The inputs kept in
tests/corpus are where it starts; what it finds beyond stays in target/fuzz/corpus.

Then a fault is planted in a copy of the sources (a machine that takes frames of one length whatever their CRC), and the
fuzzer must find it. Exit status 1 where a target fails, with the input's path and the line that runs it again, or where the
planted fault is not found.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "fuzz"
TARGETS = ["decoder", "client", "bridge"]

# What cargo-fuzz passes, without its sanitizer, which alone needs nightly Rust.
FLAGS = (
    "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares "
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1"
)

# File, text, and the planted fault: no CRC for bodies of 30 bytes with their CRC.
PLANTED = ("golden/src/frame.rs", "&& crc(&all.body) == CRC_RESIDUE", "&& (all.body.len() == 30 || crc(&all.body) == CRC_RESIDUE)")
# It was found after 204 s beside other work.
PLANTED_SECONDS = 600


def built(root):
    """The fuzzer of the sources at `root`."""
    said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = re.search(r"host: (\S+)", said)[1]
    # With --target the flags are not those of build scripts and macros.
    command = ["cargo", "build", "--release", "--manifest-path", str(root / "tests/fuzz/Cargo.toml"), "--target", host]
    subprocess.run(command, env={**os.environ, "RUSTFLAGS": FLAGS, "CARGO_TARGET_DIR": str(WORK / "build")}, check=True)
    made = WORK / "build" / host / "release" / "synfire-fuzz"
    return shutil.copy(made, WORK / f"fuzz-{root.name}")


def run(program, target, seconds, corpus, seeds, *options):
    """Whether `seconds` pass without a failure; prints what libFuzzer says at its end."""
    corpus.mkdir(parents=True, exist_ok=True)
    found = WORK / "found" / corpus.parent.name
    found.mkdir(parents=True, exist_ok=True)
    command = [program, str(corpus), *seeds, f"-max_total_time={seconds}", "-max_len=2048", "-timeout=20", f"-artifact_prefix={found}/{target}-", *options]
    start = time.time()
    said = subprocess.run(command, env={**os.environ, "SYNFIRE_FUZZ": target}, capture_output=True, text=True, errors="replace", check=False)
    lines = said.stderr.splitlines()
    # `#N kind cov: C ft: F corp: ...`
    last = [m for m in (re.match(r"#(\d+)\s+\w+\s+cov: (\d+) ft: \d+ corp: (\d+)", l) for l in lines) if m]
    runs, edges, inputs = last[-1].groups() if last else ("0", "0", "0")
    print(f"{target}: {runs} runs, {edges} edges, {inputs} inputs, {time.time() - start:.0f} s", flush=True)
    if said.returncode == 0:
        return True
    panic = [l for l in lines if "panicked at" in l or "wrote" in l or "ERROR" in l]
    print("  " + "\n  ".join(panic[:4] or lines[-6:]))
    kept = re.search(r"Test unit written to (\S+)", said.stderr)
    if kept:
        print(f"  again: SYNFIRE_FUZZ={target} {program} {kept[1]}")
    return False


def planted():
    """The sources with the planted fault."""
    copy = WORK / "planted"
    shutil.rmtree(copy, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    file, text, fault = PLANTED
    whole = (copy / file).read_text()
    if whole.count(text) != 1:
        sys.exit(f"fuzz: `{text}` is not once in {file}: change host/fuzz.py with it")
    (copy / file).write_text(whole.replace(text, fault))
    return copy


def main(seconds, *names):
    WORK.mkdir(parents=True, exist_ok=True)
    good = True
    program = built(ROOT)
    for target in names or TARGETS:
        seeds = [str(ROOT / "tests" / "corpus" / target)]
        good &= run(program, target, int(seconds), WORK / "corpus" / target, seeds)
    # From the kept inputs alone, so that the find is the fuzzer's. A frame of one length: long inputs from the start, and steps
    # towards what is compared count.
    corpus = WORK / "planted-corpus" / "bridge"
    shutil.rmtree(corpus, ignore_errors=True)
    found = not run(built(planted()), "bridge", PLANTED_SECONDS, corpus, [str(ROOT / "tests" / "corpus" / "bridge")], "-len_control=0", "-use_value_profile=1")
    print(f"planted fault {'found' if found else 'NOT FOUND'}")
    sys.exit(0 if good and found else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
