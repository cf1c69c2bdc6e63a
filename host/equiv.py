"""Proves the modules of the emitted RTL equal to their ECP5 netlists, and sees a changed table in each netlist.

Used by `make equiv`: .venv/bin/python host/equiv.py BOARD.v [MODULE...]

Each module is taken alone: the modules that it instances are cut out, and their ports become ports of its own, so that every
module is a leaf. It goes through the synthesis that `host/src/netlist.rs` uses for the whole; Yosys' models of the cells take
the cells' place, and the steps of `equiv_opt` follow: registers and signals of one name are paired, and each pair is proved
equal from pairs that were equal in the cycles before. Where that is proved, one table of the netlist is inverted, and
the proof must fail.

Not tried: memories, which have no registers that could be paired, and multipliers, of whose cell Yosys has no model. Both run
against the RTL in host/tests/netlist.rs. Exit status 1 where a module that is not in OPEN is not proved within LIMIT
seconds, where one in OPEN is, or where an inverted table is not seen.
"""

import pathlib
import re
import subprocess
import sys
import time

from formal import modules

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Seconds for a proof.
LIMIT = 120

# Modules that do not close, and why.
OPEN = {
    "board": "its LED outputs do not follow from the paired registers; sim/tests/board.rs runs them",
    "exp": "its registers f and n need an invariant; sim/tests/elementary.rs runs all of it",
}

SCRIPT = """
from pyosys import libyosys as ys
source, top, inject, skip = {source!r}, {top!r}, {inject!r}, {skip!r}
d = ys.Design()
def run(*commands):
    for c in commands:
        ys.run_pass(c, d)
def cut(macros):
    run(f"read_verilog {{macros}} {{source}}", f"hierarchy -top {{top}}", "proc -norom", "expose -evert t:* t:CCU2C %d t:LUT4 %d", "opt_clean", "check -assert")
cut("")
run("design -stash cut", "read_verilog -lib +/ecp5/cells_sim.v")
cut("-D ECP5")
run(f"synth_ecp5 -nowidelut -top {{top}}", "check -assert", "delete t:$scopeinfo", "opt_clean" if {keep!r} else "opt_clean -purge")
cells = [c for m in d.modules_.values() for c in m.cells_.values()]
tables, name = [c for c in cells if c.type.str() == "\\\\LUT4"], "\\\\INIT"
if not tables:
    tables, name = [c for c in cells if c.type.str() == "\\\\CCU2C"], "\\\\INIT0"
print("TABLES", len(tables))
if inject:
    table = sorted(tables, key=lambda c: c.name.str())[len(tables) // 2]
    init = table.getParam(ys.IdString(name)).as_int()
    table.setParam(ys.IdString(name), ys.Const(~init & 0xffff, 16))
run("design -stash gate", f"design -copy-from cut -as gold {{top}}", f"design -copy-from gate -as gate {{top}}",
    "techmap -wb -D EQUIV -autoproc -map +/ecp5/cells_sim.v", "async2sync")
if skip:
    # Between registers a netlist's signal may keep its name and mean something else: only ports and registers are paired.
    gold = d.module(ys.IdString("\\gold"))
    # The generator calls registers NAME$q.
    names = [w.name.str() for w in gold.wires_.values() if not (w.port_input or w.port_output or w.name.str().endswith("$q"))]
    open(skip, "w").write(" ".join(names))
run("equiv_make" + (f" -blacklist {{skip}}" if skip else "") + " gold gate equiv",
    "hierarchy -top equiv", "equiv_simple -short", "equiv_induct equiv", "equiv_status -assert equiv")
"""


def stub(text):
    """The module without a body."""
    ports = re.findall(r"(?m)^    (?:input|output) .*;$", text)
    head = text.split("\n", 1)[0]
    return "\n".join(["(* blackbox *)", head, *(p.replace("output reg ", "output wire ") for p in ports), "endmodule"])


def alone(all_modules, name):
    """The module's text, and stubs of what it instances."""
    kinds = set(re.findall(r"(?m)^    (\w+) [\w$]+\($", all_modules[name])) & set(all_modules)
    return "\n".join([stub(all_modules[k]) for k in sorted(kinds)] + [all_modules[name]]) + "\n"


def attempt(name, text, inject, skip, keep):
    """Whether Yosys proves the module equal to its netlist, None after LIMIT seconds; and the netlist's tables."""
    work = ROOT / "target" / "equiv"
    work.mkdir(parents=True, exist_ok=True)
    source = work / f"{name}.v"
    source.write_text(text)
    script = SCRIPT.format(source=str(source), top=name, inject=inject, skip=str(work / f"{name}.skip") if skip else "", keep=keep)
    try:
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return None, 0
    said = run.stdout + run.stderr
    (work / f"{name}{'_changed' if inject else ''}.log").write_text(said)
    tables = re.search(r"TABLES (\d+)", said)
    if run.returncode == 0:
        return True, int(tables[1])
    if "unproven $equiv cells in 'equiv_status -assert'" in said:
        return False, int(tables[1])
    sys.exit(f"{name}: Yosys failed:\n" + "\n".join(said.splitlines()[-12:]))


def proved(name, text, inject):
    """As `attempt`, with more and then with fewer signals as pairs: all that the netlist needs, of them only registers and
    ports, and these with names that it does not need."""
    for skip, keep in [(False, False), (True, False), (True, True)]:
        holds, tables = attempt(name, text, inject, skip, keep)
        if holds:
            break
    return holds, tables


def untried(text):
    """Why a module is not tried, or None."""
    if re.search(r"\] mem \[", text):
        return "a memory"
    if " * " in text:
        return "a multiplier"
    return None


def main(path, *names):
    all_modules = modules(pathlib.Path(path).read_text())
    count = {"proved": 0, "left out": 0, "open": 0, "changed": 0, "seen": 0, "tables": 0}
    good = True
    # The short ones first.
    for name in names or sorted(all_modules, key=lambda n: len(all_modules[n])):
        text = alone(all_modules, name)
        why = untried(text)
        if why:
            count["left out"] += 1
            print(f"{name}: not tried, {why}", flush=True)
            continue
        begun = time.time()
        holds, tables = proved(name, text, False)
        seconds = time.time() - begun
        if not holds:
            count["open"] += 1
            good &= name in OPEN
            print(f"{name}: NOT PROVED, {OPEN.get(name, 'a new one')}; {seconds:.0f} s", flush=True)
            continue
        good &= name not in OPEN
        count["proved"] += 1
        count["tables"] += tables
        changed = ""
        if tables:
            count["changed"] += 1
            seen = proved(name, text, True)[0] is False
            count["seen"] += seen
            good &= seen
            changed = f", an inverted one {'seen' if seen else 'NOT SEEN'}"
        print(f"{name}: proved, {tables} tables{changed}; {seconds:.0f} s", flush=True)
    print(
        f"{count['proved']} modules proved equal to their netlists of {count['tables']} tables, {count['seen']} of"
        f" {count['changed']} inverted tables seen; {count['open']} not proved, {count['left out']} not tried"
    )
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
