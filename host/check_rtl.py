"""Reads a Verilog file with Yosys and fails where `check -assert` finds a problem: undriven or doubly driven wires,
combinational loops, latches. Used by `make lint`: .venv/bin/python host/check_rtl.py FILE TOP"""

import sys

from pyosys import libyosys as ys

path, top = sys.argv[1:]
design = ys.Design()
for command in (
    f"read_verilog {path}",
    f"hierarchy -check -top {top}",
    "proc -noopt",
    "opt_clean",
    "select -assert-none t:$dlatch t:$adlatch t:$_DLATCH_*",
    "check -assert",
):
    ys.run_pass(command, design)
print(f"{path}: check -assert found no problem")
