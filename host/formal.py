"""Proves properties of leaf modules of the emitted RTL with Yosys' SAT solver, and sees an injected bug in each.

Used by `make formal`: .venv/bin/python host/formal.py PE.v

`hdl/formal/*.v` say what is proved. "by induction": in every state that can be reached, for ever. "for N cycles after reset": the
words in a memory are no part of the induction's state, so the words' order is proved up to that depth only.
Each proof is run again on the module with a bug, where it must fail: it is not empty. Exit status 1 where either does not hold.
"""

import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

# (what, proof, module's ports as a pattern, mode, (text, broken text) of the module)
PROOFS = [
    (
        "arbiter: one grant, none unasked, nobody waits for more than three others",
        "arbiter",
        r"\(clock,reset,request0,request1,request2,request3,grant0",
        ["-tempinduct", "-seq", "1", "-maxsteps", "8"],
        ("b13$q <= (b13$q & ~g1) | g3;", "b13$q <= b13$q | g3;"),
    ),
    (
        "queue of two at a stream's mouth: nothing lost, doubled or overtaken",
        "skid",
        r"\(clock,reset,in_valid,in_ready,put,in_data,head_valid",
        ["-tempinduct", "-seq", "1", "-maxsteps", "8"],
        ("valid1$q <= valid1$q | take;", "valid1$q <= take;"),
    ),
    (
        "queue in LUT RAM: a watched word comes out in its turn",
        "fifo",
        r"\(clock,reset,in_valid,in_ready,in_data,out_valid,out_ready,out_data,level",
        ["-seq", "16"],
        ("assign push = in_valid & (used != full);", "assign push = in_valid;"),
    ),
]


def modules(text):
    """Module texts by name."""
    return {m.group(1): m.group(0) for m in re.finditer(r"(?ms)^module (\w+)\(.*?^endmodule$", text)}


def needed(all_modules, name):
    """The module and what it instances."""
    found = {name: all_modules[name]}
    for kind in re.findall(r"(?m)^    (\w+) [\w$]+\($", all_modules[name]):
        if kind in all_modules:
            found.update(needed(all_modules, kind))
    return found


def proved(top, text, mode):
    """Whether Yosys proves all assertions; another failure than a counterexample ends the program."""
    work = ROOT / "target" / "formal"
    work.mkdir(parents=True, exist_ok=True)
    source = work / f"{top}.v"
    source.write_text(text)
    commands = [
        f"read_verilog -formal -sv {source}",
        f"prep -flatten -top {top}",
        "async2sync",
        "chformal -lower",
        "memory_map",
        "opt_clean",
        "sat -verify -prove-asserts -set-assumes " + " ".join(mode) + f" {top}",
    ]
    script = "from pyosys import libyosys as ys\nd = ys.Design()\n"
    script += "".join(f"ys.run_pass({c!r}, d)\n" for c in commands)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    if run.returncode == 0:
        return True
    if "proof did fail" in said or "proof failed" in said.lower() or "Called with -verify" in said:
        return False
    sys.exit(f"{top}: Yosys failed:\n" + "\n".join(said.splitlines()[-12:]))


def main(path):
    all_modules = modules(pathlib.Path(path).read_text())
    good = True
    for what, proof, ports, mode, (text, broken) in PROOFS:
        names = [n for n, t in all_modules.items() if re.match(rf"module {n}{ports}", t)]
        if not names:
            sys.exit(f"{proof}: no module has the ports {ports}: change host/formal.py with the generator")
        name = names[0]
        parts = needed(all_modules, name)
        width = re.search(r"input wire +(\[[^\]]*\]) in_data;", parts[name])
        level = re.search(r"output wire +(\[[^\]]*\]) level;", parts[name])
        full = re.search(r"localparam +full = (\S+);", parts[name])
        shell = (ROOT / "hdl" / "formal" / f"{proof}.v").read_text()
        shell = re.sub(r"(?m)^    (queue|sums) dut", f"    {name} dut", shell)
        for key, found in [("@DATA@", width), ("@LEVEL@", level), ("@DEPTH@", full)]:
            shell = shell.replace(key, found.group(1) if found else "")
        if text not in parts[name]:
            sys.exit(f"{proof}: `{text}` is not in module {name}: change host/formal.py with the generator")
        bad = dict(parts)
        bad[name] = parts[name].replace(text, broken)
        start = time.time()
        top = f"{proof}_proof"
        # A proof that is a module stands around the block, another one inside it.
        if f"module {top}(" in shell:
            whole = ["\n".join(p.values()) + "\n" + shell for p in (parts, bad)]
        else:
            top = name
            whole = []
            for p in (parts, bad):
                inside = p[name].removesuffix("endmodule") + shell + "endmodule"
                whole.append("\n".join({**p, name: inside}.values()))
        holds = proved(top, whole[0], mode)
        caught = not proved(top, whole[1], mode)
        how = "by induction" if "-tempinduct" in mode else f"for {mode[1]} cycles after reset"
        print(f"{what}: {'proved ' + how if holds else 'NOT PROVED'}; injected bug {'seen' if caught else 'NOT SEEN'}; {time.time() - start:.0f} s")
        good &= holds and caught
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
