"""Proves properties of modules of the emitted RTL with Yosys' SAT solver, and sees injected bugs in each.

Used by `make formal`: .venv/bin/python host/formal.py BOARD.v [PROOF...]

`hdl/formal/*.v` say what is proved. The module is taken flat, with the names of its parts joined by `_`, power-up values
unknown, and the properties are set into it. Each proof is by induction: it holds in every state that can be reached, for
ever. Then, without the lines that only help the induction (INVARIANT) and from reset on:
- each bug injected into the module's text must break a property;
- each line `// cover: what: expression` must be reached, so that no property holds for want of cases.
Exit status 1 where one of these fails.
"""

import dataclasses
import itertools
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Proof:
    """One file of hdl/formal on the modules that it needs."""

    what: str
    file: str
    # Ports of the modules as patterns, the first is the one that properties are about unless the file has a module.
    ports: list
    # (part of a port pattern's module, text, broken text)
    bugs: list
    # Longest induction, and cycles in which bugs and covers are looked for.
    steps: int
    depth: int
    first_steps: int = 1
    # Variants of the file: texts for its marks.
    variants: list = dataclasses.field(default_factory=lambda: [{}])
    # Adapts modules before they are flattened, and gives texts for the file's marks.
    adapt: object = None
    # Of all modules with the first ports each is proved, not only the shortest.
    every: bool = False


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


def bits(text):
    """Bits of a module's ports: which of several is the smallest."""
    return sum(int(high) for high in re.findall(r"(?m)^    (?:in|out)put \w+ +\[(\d+):", text))


def fail(text):
    """Ends the program."""
    sys.exit(f"formal: {text}")


def one_word_banks(parts, top):
    """Memory banks that hold the word at `watched` alone and give `garbage` for all others: SAT cannot hold 64 KB."""
    for name, text in parts.items():
        found = re.search(r"reg \[(\d+):0\] mem \[0:\d+\] /\* verilator public_flat_rw \*/", text)
        if found:
            bank, width = name, int(found[1]) + 1
            high, low = map(int, re.search(r"mem\[(?:write_)?addr\[(\d+):(\d+)\]\]", text).groups())
    text = parts[bank]
    rows = f"[{high}:{low}] == watched[{high}:{low}]"
    text = text.replace("(clock,", "(clock,watched,garbage,", 1)
    text = text.replace(
        "    input wire  clock;\n",
        f"    input wire  clock;\n    input wire [17:0] watched;\n    input wire [{width - 1}:0] garbage;\n    reg [{width - 1}:0] kept;\n",
        1,
    )
    text = re.sub(r".*\] mem \[.*\n", "", text)
    text = re.sub(r"if \((we\[\d+\])\) mem\[(\w+)\[\d+:\d+\]\](\[\d+:\d+\])", rf"if (\1 && \2{rows}) kept\3", text)
    text = re.sub(r"q <= mem\[(\w+)\[\d+:\d+\]\];", rf"q <= \1{rows} ? kept : garbage;", text)
    if "mem[" in text:
        fail(f"the bank's memory is not of the form that host/formal.py knows:\n{text}")
    parts[bank] = text
    text = parts[top].replace("(clock,", "(clock,watched,garbage,watch_now,lane,", 1)
    text = text.replace(
        "    input wire  clock;\n",
        f"    input wire  clock;\n    input wire [17:0] watched;\n    input wire [{width - 1}:0] garbage;\n    input wire  watch_now;\n    input wire [2:0] lane;\n",
        1,
    )
    parts[top] = re.sub(rf"(?m)^(    {bank} bank\$\d+\()$", r"\1\n        .watched(watched),\n        .garbage(garbage),", text)
    banks = len(re.findall(rf"(?m)^    {bank} bank\$\d+\($", text))
    number = {1: "3'd0", 2: f"{{2'd0, a[{high + 1}]}}", 4: f"{{1'd0, a[{high + 2}:{high + 1}]}}"}[banks]

    def chosen(part):
        return "".join(f"`BANK(watched) == {i} ? bank${i}_{part} : " for i in range(banks - 1)) + f"bank${banks - 1}_{part}"

    return {
        "@TOP@": str(high + banks.bit_length() - 1),
        "@LOW@": str(low),
        "@W@": str(width),
        "@E@": str(width // 8),
        "@BANK_OF@": number,
        "@WORD@": chosen("kept"),
        "@OUTPUT@": f"({chosen('q')})",
        "banks": banks,
    }


def queue_marks(parts, top):
    """Widths of a queue in LUT RAM; which word is watched is an input."""
    text = parts[top] = parts[top].replace("(clock,", "(clock,watch_now,", 1).replace("    input", "    input wire  watch_now;\n    input", 1)
    return {
        "@DATA@": re.search(r"input wire +(\[[^\]]*\]) in_data;", text)[1],
        "@LEVEL@": re.search(r"output wire +(\[[^\]]*\]) level;", text)[1],
        "@A@": str(int(re.search(r"wire +\[(\d+):0\] ram\$read_addr", text)[1])),
        "@DEPTH@": re.search(r"localparam +full = (\S+);", text)[1],
    }


def skid_marks(parts, top):
    """Width of a queue of two."""
    return {"@DATA@": re.search(r"input wire +(\[[^\]]*\]) in_data;", parts[top])[1]}


SRAM = r"\(clock,reset,f\$valid,f\$addr,f\$ready"
SKID = r"\(clock,reset,in_valid,in_ready,put,in_data,head_valid"
ARBITER = r"\(clock,reset,request0,request1,request2,request3,grant0"
PROOFS = [
    Proof(
        "arbiter: one grant, none unasked, nobody waits for more than three others",
        "arbiter",
        [ARBITER],
        [
            (0, "b13$q <= (b13$q & ~g1) | g3;", "b13$q <= b13$q | g3;"),
            (0, "assign grant2 = g2;", "assign grant2 = g2 | request2;"),
        ],
        steps=8,
        depth=12,
    ),
    Proof(
        "queue of two at a stream's mouth: nothing lost, doubled or overtaken",
        "skid",
        [SKID],
        [
            (0, "valid1$q <= valid1$q | take;", "valid1$q <= take;"),
            (0, "data0$q <= data1$q;", "data0$q <= in_data;"),
        ],
        steps=8,
        depth=12,
        adapt=skid_marks,
    ),
    Proof(
        "queue in LUT RAM: a watched word comes out in its turn",
        "fifo",
        [r"\(clock,reset,in_valid,in_ready,in_data,out_valid,out_ready,out_data,level"],
        [
            (0, "assign push = in_valid & (used != full);", "assign push = in_valid;"),
            (0, "assign pull = out_ready & (used != none);", "assign pull = out_ready;"),
            (0, "assign ram$write = push;", "assign ram$write = push & (head$q != 32'h3);"),
        ],
        steps=4,
        depth=14,
        adapt=queue_marks,
        every=True,
    ),
    Proof(
        "UART, transmitter to receiver, every rate up to an eighth of the clock: bytes arrive once, in order, unchanged",
        "uart",
        [r"\(clock,reset,increment,in_valid,in_ready,in_data,tx\)", r"\(clock,reset,rx,increment,out_valid"],
        [
            (0, "left$q <= 32'ha;", "left$q <= 32'h9;"),
            (1, "phase$q <= 32'h80000;", "phase$q <= 32'h0;"),
            (1, "stuck$q <= low;", "stuck$q <= 1'b0;"),
            (1, "valid_q$q <= ~low;", "valid_q$q <= 1'b1;"),
        ],
        steps=8,
        depth=200,
    ),
    Proof(
        "SRAM: reads answered once, in order, with what was written before; no head starves",
        "sram",
        [SRAM, r"\(clock,reset,stream\$valid,stream\$addr,stream\$data,stream\$be", SKID, ARBITER],
        [
            (1, "assign hold = held | held_second;", "assign hold = held;"),
            (0, "assign engine_hold = ww$hold | wy$hold;", "assign engine_hold = ww$hold;"),
            (0, "core_turn$q <= core_waits & ~core_first;", "core_turn$q <= core_waits;"),
            (2, "waited$q <= valid1$q | ~free;", "waited$q <= ~free;"),
            (3, "b03$q <= (b03$q & ~g0) | g3;", "b03$q <= b03$q | g3;"),
        ],
        steps=5,
        depth=12,
        first_steps=4,
        variants=[{"@S@": s, "@R@": f"r{s}", "@N@": str(n)} for n, s in enumerate("fgyc")],
        adapt=one_word_banks,
    ),
]


def yosys(commands):
    """Exit status and all that Yosys says."""
    script = "from pyosys import libyosys as ys\nd = ys.Design()\n" + "".join(f"ys.run_pass({c!r}, d)\n" for c in commands)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def flat(parts, top, work):
    """The module with all its parts in it as Verilog, its registers' power-up values unknown, hierarchical names joined by `_`."""
    source, made = work / "source.v", work / "flat.v"
    texts = [re.sub(r"(?m)^    initial .*\n", "", p) for p in parts.values()]
    source.write_text("\n".join(texts) + "\n")
    commands = [f"read_verilog {source}", f"hierarchy -top {top}", "proc", "flatten", f"write_verilog -noattr {made}"]
    status, said = yosys(commands)
    if status:
        fail(f"{top}: Yosys failed:\n" + "\n".join(said.splitlines()[-12:]))
    return re.sub(r"\\(\S+) ", lambda m: m[1].replace(".", "_") + " ", made.read_text())


def repeated(text, mark, values):
    """Blocks of lines with the mark once for each of the values, which are texts for marks."""
    lines, block = [], []
    for line in [*text.split("\n"), ""]:
        if mark in line:
            block.append(line)
            continue
        for value in values:
            for one in block:
                for key, found in value.items():
                    one = one.replace(key, found)
                lines.append(one)
        block = []
        lines.append(line)
    return "\n".join(lines[:-1])


# Queues of the write streams, and what the watched word is before each one's entries.
WRITES = [{"@P@": p, "@BEFORE@": b} for p, b in [("ww", "after_gone"), ("wy", "after_ww"), ("wc", "after_wy")]]


def holds(source, top, defines, sat):
    """Whether Yosys' SAT solver proves all assertions; any other failure than a counterexample or an induction that does not
    close ends the program."""
    commands = [
        "read_verilog -formal -sv " + " ".join(f"-D{d}" for d in defines) + f" {source}",
        f"prep -flatten -top {top}",
        "async2sync",
        "chformal -lower",
        "memory_map",
        "opt -full",
        "opt_clean",
        f"sat -verify -prove-asserts -set-assumes {sat} {top}",
    ]
    status, said = yosys(commands)
    if "is implicitly declared" in said:
        fail(f"{source}: " + re.search(r".*is implicitly declared.*", said)[0] + ": change hdl/formal with the generator")
    if status == 0:
        return True
    if "proof did fail" in said:
        return False
    fail(f"{source}: Yosys failed:\n" + "\n".join(said.splitlines()[-12:]))


def whole(proof, all_modules, names, variant, bug, work):
    """The flat module with the properties, as a file; its name, and its covers."""
    shell = (ROOT / "hdl" / "formal" / f"{proof.file}.v").read_text()
    parts = {}
    for name in names:
        parts.update(needed(all_modules, name))
    if bug is not None:
        part, text, broken = bug
        if parts[names[part]].count(text) != 1:
            fail(f"{proof.file}: `{text}` is not once in module {names[part]}: change host/formal.py with the generator")
        parts[names[part]] = parts[names[part]].replace(text, broken)
    top = names[0]
    marks = proof.adapt(parts, top) if proof.adapt else {}
    marks.update(variant)
    banks = [{"@B@": str(b)} for b in range(marks.pop("banks", 0))]
    # A module in the file stands around the parts: what is in it before `endmodule`.
    around = re.search(r"(?ms)^module (\w+)\(.*?^endmodule\n", shell)
    if around:
        kinds = {"transmit": names[0], "receive": names[-1]}
        parts["around"] = re.sub(r"(?m)^    (transmit|receive) ", lambda m: f"    {kinds[m[1]]} ", around[0])
        top = around[1]
        shell = shell[around.end() :]
    covers = re.findall(r"// cover: (.*?): (.*)", shell)
    shell = repeated(repeated(shell, "@B@", banks), "@P@", WRITES)
    for key, found in marks.items():
        shell = shell.replace(key, found)
        covers = [(w, e.replace(key, found)) for w, e in covers]
    text = flat(parts, top, work)
    cut = text.rindex("endmodule")
    source = work / "proof.v"
    reached = "".join(f"`ifdef COVER{i}\n    always @(*) assert (!({e}));\n`endif\n" for i, (_, e) in enumerate(covers))
    source.write_text(text[:cut] + shell + "\n" + reached + "endmodule\n")
    return source, top, covers


def main(path, *only):
    all_modules = modules(pathlib.Path(path).read_text())
    good = True
    for proof in PROOFS:
        if only and proof.file not in only:
            continue
        found = []
        for ports in proof.ports:
            fitting = [n for n, t in all_modules.items() if re.match(rf"module {n}{ports}", t)]
            if not fitting:
                fail(f"{proof.file}: no module has the ports {ports}: change host/formal.py with the generator")
            found.append(sorted(fitting, key=lambda n: bits(all_modules[n])))
        firsts = found[0] if proof.every else found[0][:1]
        work = ROOT / "target" / "formal" / proof.file
        work.mkdir(parents=True, exist_ok=True)
        for number, (first, variant) in enumerate(itertools.product(firsts, proof.variants)):
            names = [first] + [f[0] for f in found[1:]]
            start = time.time()
            source, top, covers = whole(proof, all_modules, names, variant, None, work)
            induction = f"-tempinduct -seq 1 -initsteps {proof.first_steps} -maxsteps {proof.steps}"
            proved = holds(source, top, ["INVARIANT"], induction)
            name = f"{proof.what} ({variant.get('@S@', first)})"
            print(f"{name}: {'proved by induction' if proved else 'NOT PROVED'}; {time.time() - start:.0f} s", flush=True)
            good &= proved
            # Bugs and covers once, in the smallest: the others are alike.
            if number != 0:
                continue
            bounded = f"-seq {proof.depth}"
            for i, (what, _) in enumerate(covers):
                start = time.time()
                reached = not holds(source, top, [f"COVER{i}", "FASTEST"], bounded)
                print(f"  {what}: {'reached' if reached else 'NOT REACHED'}; {time.time() - start:.0f} s", flush=True)
                good &= reached
            for bug in proof.bugs:
                start = time.time()
                source, top, _ = whole(proof, all_modules, names, variant, bug, work)
                seen = not holds(source, top, ["FASTEST"], bounded)
                print(f"  injected `{bug[2]}`: {'seen' if seen else 'NOT SEEN'}; {time.time() - start:.0f} s", flush=True)
                good &= seen
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
