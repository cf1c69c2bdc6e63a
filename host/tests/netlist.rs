//! The ECP5 netlist computes the model's bits: small memories and products cycle by cycle, and the whole machine through
//! its protocol. Tests that need Yosys say so and pass where .venv has none; those of the whole machine are of
//! `make netlist`.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use synfire::deepr::train::{Config, Run};
use synfire::device::{Board, Choice, Device, Streamed};
use synfire::link::{RtlWire, SILENCE, Wire};
use synfire::netlist;
use synfire::synth::SynthError;
use synfire::tools::repository;
use synfire_format::config::PeConfig;
use synfire_sim::link::MachineLibrary;
use synfire_sim::netlist::CELLS_ECP5;
use synfire_sim::{BuildOptions, Library, build};

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The netlist of a module, or `None` without Yosys.
fn synthesised(top: &str, verilog: &str) -> Option<String> {
    match netlist::synthesise(top, verilog) {
        Ok(text) => Some(text),
        Err(netlist::NetlistError::Synth(e @ SynthError::NoYosys)) => {
            eprintln!("not run: {e}");
            None
        }
        Err(e) => panic!("{e}"),
    }
}

fn compiled(top: &str, verilog: &str) -> Library {
    build(top, verilog, &BuildOptions::default()).unwrap()
}

/// Random inputs to both for some cycles; the first difference of an output. `masked` outputs count only where the
/// output `sure` of the first is 1.
fn compare(one: &Library, other: &Library, masked: &[&str]) -> Result<(), String> {
    let (one_m, other_m) = (one.instance(1), other.instance(2));
    let mut rng = Rng(3);
    let names: Vec<String> = one.ports().map(|(name, _)| name.into()).collect();
    let pair = |n: &String| (n.clone(), one_m.port(n).unwrap(), other_m.port(n).unwrap());
    let of = |kind: &str| -> Vec<_> {
        let fits = names.iter().filter(|n| n.starts_with(kind));
        fits.map(pair).collect()
    };
    let (inputs, outputs) = (of("i_"), of("o_"));
    assert!(!inputs.is_empty() && !outputs.is_empty());
    let mut compared = 0;
    for step in 0..20_000 {
        for (_, a, b) in &inputs {
            let value = rng.next();
            a.set(value);
            b.set(value);
        }
        one_m.tick(1);
        other_m.tick(1);
        // Power-up contents differ until they are written.
        if step < 2_000 {
            continue;
        }
        for (name, a, b) in &outputs {
            let sure = !masked.contains(&name.as_str()) || one_m.port("sure").unwrap().get() == 1;
            compared += u32::from(sure);
            if sure && a.get() != b.get() {
                let (a, b) = (a.get(), b.get());
                return Err(format!("step {step}: {name} is {a:#x} and {b:#x}"));
            }
        }
    }
    assert!(compared > 2_000, "{compared}");
    Ok(())
}

/// As the frames' and banks' memories: byte-wise write and synchronous read, in few addresses so that they meet. Reads
/// of what is written at the same edge are not sure.
const MEMORY: &str = "\
module memory(input wire clock, input wire [10:0] i_write_addr, input wire [10:0] i_read_addr, input wire i_few,
    input wire [1:0] i_we, input wire [15:0] i_data, output reg [15:0] o_read, output reg sure);
    (* no_rw_check, ram_style = \"block\" *) reg [15:0] mem [0:2047];
    wire [10:0] write_addr = {7'd0, i_write_addr[3:0]} | {i_write_addr[10], 10'd0};
    wire [10:0] read_addr = {7'd0, i_read_addr[3:0]} | {i_read_addr[10], 10'd0};
    always @(posedge clock) begin
        if (i_we[0]) mem[write_addr][7:0] <= i_data[7:0];
        if (i_we[1]) mem[write_addr][15:8] <= i_data[15:8];
        o_read <= mem[read_addr];
        sure <= !(|i_we && write_addr == read_addr);
    end
endmodule
";

/// One port: it reads where it does not write. What it shows after a write is not sure: Yosys makes a RAM of each byte,
/// and one that is not written reads while the other is.
const SINGLE: &str = "\
module single(input wire clock, input wire [10:0] i_addr, input wire [1:0] i_we, input wire [15:0] i_data,
    output reg [15:0] o_read, output reg sure);
    (* no_rw_check, ram_style = \"block\" *) reg [15:0] mem [0:2047];
    wire [10:0] addr = {i_addr[10], 6'd0, i_addr[3:0]};
    always @(posedge clock) begin
        if (i_we[0]) mem[addr][7:0] <= i_data[7:0];
        if (i_we[1]) mem[addr][15:8] <= i_data[15:8];
        if (!(|i_we)) o_read <= mem[addr];
        sure <= !(|i_we);
    end
endmodule
";

/// Multipliers, carry chains, flip-flops with enable and reset, LUT RAM.
const LOGIC: &str = "\
module logic_cells(input wire clock, input wire signed [17:0] i_a, input wire signed [15:0] i_b, input wire [15:0] i_c,
    input wire i_enable, input wire i_reset, input wire [3:0] i_at, output reg signed [33:0] o_signed,
    output reg [31:0] o_unsigned, output reg [40:0] o_sum, output reg o_less, output reg [11:0] o_small);
    reg [11:0] words [0:15];
    always @(posedge clock) begin
        o_signed <= i_a * i_b;
        o_unsigned <= i_c * $unsigned(i_b);
        if (i_reset & i_a[1] & i_a[0]) o_sum <= 41'd12345;
        else if (i_enable) o_sum <= o_sum + i_a * 41'sd77 - i_c;
        o_less <= i_a < $signed(i_c);
        if (i_enable) words[i_at] <= i_c[11:0];
        o_small <= words[i_at ^ i_b[3:0]];
    end
endmodule
";

#[test]
fn small_netlists_run_as_their_rtl() {
    for (top, text, cells, masked) in [
        ("memory", MEMORY, vec!["DP16KD"], vec!["o_read"]),
        ("single", SINGLE, vec!["DP16KD"], vec!["o_read"]),
        (
            "logic_cells",
            LOGIC,
            vec![
                "MULT18X18D",
                "CCU2C",
                "TRELLIS_FF",
                "TRELLIS_DPR16X4",
                "LUT4",
            ],
            vec![],
        ),
    ] {
        let Some(netlist) = synthesised(top, text) else {
            return;
        };
        for cell in cells {
            assert!(
                netlist.contains(&format!("  {cell} ")),
                "{top} has no {cell}"
            );
        }
        let rtl = compiled(top, text);
        let whole = compiled(top, &format!("{netlist}\n{CELLS_ECP5}"));
        compare(&rtl, &whole, &masked).unwrap_or_else(|e| panic!("{top}: {e}"));
        // One cell of the netlist broken.
        let broken = if top == "logic_cells" {
            netlist.replacen(".SIGNEDA(1'h1)", ".SIGNEDA(1'h0)", 1)
        } else {
            swapped(&netlist)
        };
        assert_ne!(broken, netlist);
        let broken = compiled(top, &format!("{broken}\n{CELLS_ECP5}"));
        assert!(compare(&rtl, &broken, &masked).is_err(), "{top}: not seen");
    }
}

/// Two data inputs of the first block RAM exchanged.
fn swapped(netlist: &str) -> String {
    let parts = netlist.replacen(".DIA0(", ".DIA#(", 1);
    let parts = parts.replacen(".DIA1(", ".DIA0(", 1);
    parts.replacen(".DIA#(", ".DIA1(", 1)
}

/// Yosys' own models of the simple cells; `None` without Yosys.
fn library_of_yosys() -> Option<String> {
    let lib = repository().join(".venv/lib");
    let share = std::fs::read_dir(lib).ok()?.flatten().find_map(|python| {
        let share = python.path().join("site-packages/pyosys/share/ecp5");
        share.is_dir().then_some(share)
    })?;
    let text = |name: &str| {
        let text = std::fs::read_to_string(share.join(name)).unwrap();
        let lines = text.lines().filter(|l| !l.starts_with("`include"));
        lines.collect::<Vec<_>>().join("\n")
    };
    Some(format!(
        "{}\n{}\n",
        text("common_sim.vh"),
        text("ccu2c_sim.vh")
    ))
}

#[test]
fn the_simple_cells_are_those_of_yosys() {
    let Some(theirs) = library_of_yosys() else {
        eprintln!("not run: {}", SynthError::NoYosys);
        return;
    };
    let mut rng = Rng(11);
    let mut cells = String::new();
    let mut outputs = 0;
    let mut add = |text: String, n: usize| {
        let at = outputs;
        outputs += n;
        let mut text = text;
        for k in 0..n {
            text = text.replace(&format!("@{k}"), &format!("o_all[{}]", at + k));
        }
        cells += &text;
    };
    for _ in 0..12 {
        let init = rng.next() as u16;
        let lut = format!(
            "LUT4 #(.INIT(16'h{init:x})) l{init}(.A(i[0]), .B(i[1]), .C(i[2]), .D(i[3]), .Z(@0));\n"
        );
        add(lut, 1);
    }
    for chain in ["NO", "YES"] {
        for (i, second) in ["NO", "YES"].iter().enumerate() {
            let (a, b) = (rng.next() as u16, rng.next() as u16);
            add(
                format!(
                    "CCU2C #(.INIT0(16'h{a:x}), .INIT1(16'h{b:x}), .INJECT1_0(\"{chain}\"), .INJECT1_1(\"{second}\"))
                    c{chain}{i}(.CIN(i[8]), .A0(i[0]), .B0(i[1]), .C0(i[2]), .D0(i[3]), .A1(i[4]), .B1(i[5]), .C1(i[6]),
                    .D1(i[7]), .S0(@0), .S1(@1), .COUT(@2));\n"
                ),
                3,
            );
        }
    }
    for (n, (ce, lsr)) in [("1", "LSR"), ("CE", "LSR"), ("INV", "INV"), ("0", "LSR")]
        .iter()
        .enumerate()
    {
        for set in ["SET", "RESET"] {
            add(
                format!(
                    "TRELLIS_FF #(.CEMUX(\"{ce}\"), .LSRMUX(\"{lsr}\"), .REGSET(\"{set}\"), .CLKMUX(\"CLK\"), .SRMODE(\"LSR_OVER_CE\"))
                    f{n}{set}(.CLK(clock), .LSR(i[0] & i[1]), .CE(i[2]), .DI(i[3]), .M(1'b0), .Q(@0));\n"
                ),
                1,
            );
        }
    }
    for (n, enable) in ["WRE", "INV"].iter().enumerate() {
        add(
            format!(
                "TRELLIS_DPR16X4 #(.WREMUX(\"{enable}\"), .INITVAL(64'h{:x})) r{n}(.DI(i[3:0]), .WAD(i[7:4]), .WRE(i[12]),
                .WCK(clock), .RAD(i[11:8]), .DO({{@3, @2, @1, @0}}));\n",
                rng.next()
            ),
            4,
        );
    }
    add(
        "PFUMX p(.ALUT(i[0]), .BLUT(i[1]), .C0(i[2]), .Z(@0));\n".into(),
        1,
    );
    add(
        "L6MUX21 m(.D0(i[0]), .D1(i[1]), .SD(i[2]), .Z(@0));\n".into(),
        1,
    );
    let top = format!(
        "module cells(input wire clock, input wire [12:0] i_all, output wire [{}:0] o_all);\nwire [12:0] i = i_all;\n{cells}endmodule\n",
        outputs - 1
    );
    assert!(outputs <= 64, "{outputs} do not fit in what is compared");
    let theirs = compiled("cells", &format!("{top}{theirs}"));
    compare(
        &compiled("cells", &format!("{top}{CELLS_ECP5}")),
        &theirs,
        &[],
    )
    .unwrap();
    for (good, bad) in [
        (
            "assign Z = INIT[{D, C, B, A}];",
            "assign Z = INIT[{D, C, A, B}];",
        ),
        (
            "wire between = table_0 ? CIN",
            "wire between = table_0 ? 1'b1",
        ),
        ("INIT1[{2'b00, B1, A1}]", "INIT1[{2'b01, B1, A1}]"),
        ("LSRMUX == \"INV\" ? !LSR : LSR", "LSR"),
        ("assign DO = mem[RAD];", "assign DO = mem[WAD];"),
    ] {
        assert_eq!(CELLS_ECP5.matches(good).count(), 1, "{good}");
        let broken = compiled("cells", &format!("{top}{}", CELLS_ECP5.replace(good, bad)));
        assert!(compare(&broken, &theirs, &[]).is_err(), "{bad} is not seen");
    }
}

/// Digits that are trained.
const SAMPLES: usize = 5;

/// Digits that are trained to see a flipped bit: what the first five address may matter for a later one only.
const FLIP_SAMPLES: usize = 20;

/// Trains on the first digits natively and on the device; whether both end in the same checkpoint, to the byte.
fn same(device: &mut dyn Device, samples: usize) -> Result<(), String> {
    let splits = synfire::data::digits::load().unwrap();
    let train = splits.train.part(0..samples);
    let validation = splits.validation.part(0..20);
    let d = tempfile::tempdir().unwrap();
    let mut go = |_| ControlFlow::Continue(());
    let mut native = Run::new(Config::digits(1), samples).unwrap();
    native.epoch(&train, &validation, &mut go).unwrap();
    let mut on_device = Run::new(Config::digits(1), samples).unwrap();
    let mut streamed = Streamed::default();
    on_device
        .epoch_on(device, &train, &validation, &mut streamed, &mut go)
        .map_err(|e| e.to_string())?;
    assert_eq!(streamed.samples, samples as u64);
    let bytes = |run: &Run, name: &str| {
        let path = d.path().join(name);
        run.checkpoint().save(&path).unwrap();
        std::fs::read(path).unwrap()
    };
    if bytes(&on_device, "device") == bytes(&native, "native") {
        Ok(())
    } else {
        Err("the checkpoints differ".into())
    }
}

#[test]
#[ignore = "some minutes: make netlist"]
fn the_netlist_learns_the_same_bits() {
    let begun = Instant::now();
    let text = netlist::netlist(&PeConfig::ecp5()).unwrap();
    println!("synthesis {:.1} s", begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    MachineLibrary::from_netlist(&text, false).unwrap();
    println!(
        "Verilator and compiler {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    let begun = Instant::now();
    let mut device = Choice::Netlist.open(&PeConfig::ecp5(), 0).unwrap();
    same(&mut device, SAMPLES).unwrap();
    let cycles = device.counters().unwrap().cycles;
    println!(
        "{SAMPLES} digits {:.1} s, {cycles} cycles, the checkpoint is the native trainer's",
        begun.elapsed().as_secs_f64()
    );
}

/// Tables drawn by a seed, of each of which one bit is flipped.
const FLIPS: usize = 16;

/// The netlist with one bit of some tables flipped on demand, and the names of their cells. The added input
/// `mutant_select` is 16 times a table's number, from 1 on, and the bit; with [`SHOW`] it flips nothing, and the added
/// output `mutant_shown` has the table's entries that were addressed at an edge of the clock so far.
fn with_flips(netlist: &str, seed: u64) -> (String, Vec<String>) {
    let mut lines: Vec<String> = netlist.lines().map(String::from).collect();
    let starts: Vec<usize> = (0..lines.len())
        .filter(|&i| lines[i] == "  LUT4 #(")
        .collect();
    let mut rng = Rng(seed);
    let mut cells: Vec<String> = Vec::new();
    let mut shown = String::new();
    while cells.len() < FLIPS {
        let at = starts[rng.next() as usize % starts.len()];
        if lines[at] != "  LUT4 #(" {
            continue;
        }
        let number = cells.len() + 1;
        lines[at] = format!("  LUT4_FLIPPED #(.NUMBER({number}),");
        let cell = lines[at + 2].clone();
        lines[at + 2] +=
            &format!(".CLOCK(clock), .SELECT(mutant_select), .SHOWN(mutant_shown_{number}),");
        let cell = cell.trim_matches(|c: char| " )(\\".contains(c)).to_string();
        shown += &format!(" | mutant_shown_{number}");
        cells.push(cell);
    }
    let text = lines.join("\n").replacen(
        "module machine(",
        "module machine(mutant_select, mutant_shown, ",
        1,
    );
    let wires: String = (1..=FLIPS)
        .map(|n| format!("  wire [15:0] mutant_shown_{n};\n"))
        .collect();
    let ports = format!(
        ");\n  input [15:0] mutant_select;\n  output [15:0] mutant_shown;\n{wires}  assign mutant_shown = 16'd0{shown};\n"
    );
    let text = text.replacen(");\n", &ports, 1);
    let flipped = "
module LUT4_FLIPPED(input wire A, B, C, D, input wire CLOCK, input wire [15:0] SELECT, output wire [15:0] SHOWN, output wire Z);
    parameter [15:0] INIT = 16'h0;
    parameter NUMBER = 0;
    wire [3:0] entry = {D, C, B, A};
    assign Z = INIT[entry] ^ (SELECT[15:4] == NUMBER && SELECT[3:0] == entry);
    reg [15:0] addressed = 16'd0;
    always @(posedge CLOCK) addressed[entry] <= 1'b1;
    assign SHOWN = SELECT[14:4] == NUMBER ? addressed : 16'd0;
endmodule
";
    (format!("{text}{flipped}"), cells)
}

/// Of `mutant_select`: show, do not flip.
const SHOW: u16 = 1 << 15;

/// The RTL as a wire that breaks after so many cycles, and what came out of it when.
struct Limited {
    wire: RtlWire,
    cycles: u64,
    transcript: Vec<(u64, Vec<u8>)>,
}

impl Wire for Limited {
    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.wire.send(bytes)
    }
    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> std::io::Result<()> {
        let before = into.len();
        self.wire.receive(into, patience)?;
        let now = self.wire.rtl.cycles();
        self.transcript.push((now, into[before..].to_vec()));
        if now > self.cycles {
            return Err(std::io::Error::other(
                "it took three times the cycles of the netlist as it is",
            ));
        }
        Ok(())
    }
    fn patience(&self) -> Duration {
        self.wire.patience()
    }
}

#[test]
#[ignore = "some minutes: make netlist"]
fn an_addressed_bit_of_a_table_is_seen() {
    let text = netlist::netlist(&PeConfig::ecp5()).unwrap();
    let (text, cells) = with_flips(&text, 1);
    let library = MachineLibrary::from_netlist(&text, false).unwrap();
    let run = |select: u16, cycles: u64| {
        let begun = Instant::now();
        let mut rtl = library.instance(1).unwrap();
        rtl.select_mutant(select);
        let begin = rtl.cycles();
        let wire = RtlWire {
            rtl,
            silence: SILENCE >> 8,
        };
        let mut wire = Limited {
            wire,
            cycles,
            transcript: Vec::new(),
        };
        let outcome = match Board::with_nonce(&mut wire, 77) {
            Ok(mut board) => same(&mut board, FLIP_SAMPLES),
            Err(e) => Err(e.to_string()),
        };
        let seconds = begun.elapsed().as_secs_f64();
        let spent = wire.wire.rtl.cycles() - begin;
        (outcome, wire, spent, seconds)
    };
    let (outcome, whole, cycles, seconds) = run(0, u64::MAX);
    assert_eq!(outcome, Ok(()));
    println!("no bit flipped: the same bits, {cycles} cycles, {seconds:.1} s");
    let (transcript, mut rtl) = (whole.transcript, whole.wire.rtl);
    let mut rng = Rng(2);
    let (mut by_bits, mut by_time, mut unseen, mut idle) = (0, 0, 0, 0);
    for (number, cell) in (1u16..).zip(&cells) {
        rtl.select_mutant(SHOW | number << 4);
        let addressed = rtl.mutant_shown().unwrap();
        // The reset of the selection itself addresses entries, too, but each of them was addressed in the run's reset.
        let entries: Vec<u16> = (0..16).filter(|b| addressed >> b & 1 == 1).collect();
        assert!(!entries.is_empty(), "{cell} was never clocked");
        let bit = entries[rng.next() as usize % entries.len()];
        let (outcome, wire, spent, seconds) = run(number << 4 | bit, 3 * cycles);
        let what = match outcome {
            // The host's patience is in its own time: only a machine that also took its cycles is stuck.
            Err(e) if e.contains("no answer to a sample") && spent < cycles => {
                panic!("{cell}: this computer is too slow for the host's patience: {e}")
            }
            Err(e) => {
                by_bits += 1;
                e
            }
            Ok(()) if wire.transcript != transcript => {
                by_time += 1;
                "the same bits at other times".into()
            }
            Ok(()) => {
                unseen += 1;
                "masked: the same bits at the same times".into()
            }
        };
        let others = 16 - entries.len();
        println!("bit {bit} of {cell} ({others} others never addressed): {what}, {seconds:.1} s");
        // One that is not addressed cannot be seen: the method's own check.
        if let Some(bit) = (0..16).find(|b| addressed >> b & 1 == 0)
            && idle == 0
        {
            idle += 1;
            let (outcome, wire, ..) = run(number << 4 | bit, 3 * cycles);
            assert_eq!(outcome, Ok(()));
            assert!(wire.transcript == transcript, "bit {bit} of {cell}");
            println!("bit {bit} of {cell}, never addressed: the same bits at the same times");
        }
    }
    println!(
        "of {FLIPS} addressed bits flipped {by_bits} seen by {FLIP_SAMPLES} digits' bits, {by_time} by their times, {unseen} masked"
    );
    // What is masked is what no register takes whenever it is addressed; most of a table is not.
    assert!(by_bits + by_time > FLIPS / 2);
    assert!(by_bits > 0);
}
