//! The models of the iCE40's block RAM, single-port RAM and multiplier against arrays and products; no Yosys is needed.

mod bench;

use bench::Draw;
use synfire_sim::{BuildOptions, Library, SimError, build, netlist::CELLS_ICE40};

const NAMES: [&str; 2] = ["SB_RAM40_4K", "SB_RAM40_4KNR"];

/// A block RAM whose word i holds `i * 0x9d3 mod 2^16` after power up.
fn ram(name: &str, parameters: &str, cells: &str) -> Result<Library, SimError> {
    let clock = if name == NAMES[1] { "RCLKN" } else { "RCLK" };
    let init: String = (0..16)
        .map(|k| {
            let words: String = (0..16)
                .rev()
                .map(|i| format!("{:04x}", ((16 * k + i) * 0x9d3) & 0xffff))
                .collect();
            format!(", .INIT_{k:X}(256'h{words})")
        })
        .collect();
    let top = format!(
        "module ram(input wire clock, input wire [10:0] raddr, waddr, input wire [15:0] mask, wdata,
            input wire rclke, re, wclke, we, output wire [15:0] rdata);
        {name} #({parameters}{init}) one(.RDATA(rdata), .RADDR(raddr), .WADDR(waddr), .MASK(mask), .WDATA(wdata),
            .RCLKE(rclke), .{clock}(clock), .RE(re), .WCLKE(wclke), .WCLK(clock), .WE(we));
        endmodule\n{cells}"
    );
    build("ram", &top, &BuildOptions::default())
}

/// Bits of word and data pin, one for each bit that a port moves.
fn wires(mode: u32, address: u64) -> Vec<(u32, u32)> {
    let (group, pin) = [(1, 0), (2, 0), (4, 1), (8, 3)][mode as usize];
    let upper = (address >> 8) as u32 % group;
    (0..16 / group)
        .map(|g| (g * group + upper, g * group + pin))
        .collect()
}

/// Random accesses of both ports; the first word that differs from an array's.
fn compare_ram(name: &str, modes: [u32; 2], cells: &str) -> Result<(), String> {
    let parameters = format!(".READ_MODE({}), .WRITE_MODE({})", modes[0], modes[1]);
    let m = ram(name, &parameters, cells).unwrap().instance(1);
    let port = |n: &str| m.port(n).unwrap();
    let falling = name == NAMES[1];
    let mut words: Vec<u64> = (0..256).map(|i| (i * 0x9d3) & 0xffff).collect();
    let mut draw = Draw(41);
    let mut shown = None;
    for cycle in 0..20_000 {
        let (raddr, waddr) = (draw.below(2048), draw.below(2048) & 0x71f);
        let raddr = if draw.below(2) == 0 {
            raddr & 0x71f
        } else {
            raddr
        };
        let (mask, data) = (draw.below(1 << 16), draw.below(1 << 16));
        let mut bit = || draw.below(4) > 0;
        let (rclke, re, wclke, we) = (bit(), bit(), bit(), bit());
        for (n, v) in [
            ("raddr", raddr),
            ("waddr", waddr),
            ("mask", mask),
            ("wdata", data),
        ] {
            port(n).set(v);
        }
        for (n, v) in [("rclke", rclke), ("re", re), ("wclke", wclke), ("we", we)] {
            port(n).set(v.into());
        }
        if falling {
            port("clock").set(0);
            m.eval();
        }
        let early = port("rdata").get();
        m.tick(1);
        let written: u64 = match wclke && we {
            true => wires(modes[1], waddr)
                .iter()
                .filter(|w| modes[1] != 0 || mask >> w.0 & 1 == 0)
                .fold(0, |bits, w| bits | 1 << w.0),
            false => 0,
        };
        if rclke && re {
            // The rising edge reads what is being written turned round, so that nobody relies on it.
            let same = !falling && raddr & 0xff == waddr & 0xff;
            let word = words[raddr as usize & 0xff] ^ if same { written } else { 0 };
            shown = Some(
                wires(modes[0], raddr)
                    .iter()
                    .fold(0, |q, w| q | (word >> w.0 & 1) << w.1),
            );
        }
        let word = &mut words[waddr as usize & 0xff];
        for (bit, pin) in wires(modes[1], waddr) {
            if written >> bit & 1 == 1 {
                *word = *word & !(1 << bit) | (data >> pin & 1) << bit;
            }
        }
        let q = port("rdata").get();
        // The falling edge shows its word before the rising one.
        if shown.is_some_and(|s| s != q || falling && s != early) {
            return Err(format!("cycle {cycle}: {q:#06x}, not {shown:#06x?}"));
        }
    }
    Ok(())
}

#[test]
fn the_block_ram_is_an_array_in_every_mode_and_at_both_edges() {
    for name in NAMES {
        for modes in [[0, 0], [1, 1], [2, 2], [3, 3], [0, 3], [2, 1]] {
            compare_ram(name, modes, CELLS_ICE40)
                .unwrap_or_else(|e| panic!("{name}, {modes:?}: {e}"));
        }
    }
}

#[test]
fn a_broken_block_ram_is_caught() {
    for (name, modes, from, to) in [
        (
            NAMES[0],
            [0, 0],
            "WRITE_MODE == 0 ? ~MASK",
            "WRITE_MODE == 0 ? MASK",
        ),
        (NAMES[0], [0, 0], "? written : 16'h0;", "? 16'h0 : 16'h0;"),
        (NAMES[0], [0, 0], "INIT[16 * i +: 16]", "INIT[15 * i +: 16]"),
        (
            NAMES[0],
            [1, 1],
            "16'h5555 << upper[0]",
            "16'h5555 << upper[1]",
        ),
        (NAMES[0], [3, 3], "{8{d[3]}}", "{8{d[4]}}"),
        (NAMES[0], [2, 2], "|d[7:4], 3'b0", "|d[7:5], 3'b0"),
        (
            NAMES[0],
            [0, 0],
            "wire writes = WCLKE & WE",
            "wire writes = WE",
        ),
        (NAMES[1], [0, 0], "@(negedge RCLK)", "@(posedge RCLK)"),
    ] {
        let broken = CELLS_ICE40.replace(from, to);
        assert_ne!(broken, CELLS_ICE40, "{from}");
        assert!(
            compare_ram(name, modes, &broken).is_err(),
            "{to} is not seen"
        );
    }
}

fn spram(cells: &str) -> Library {
    let top = format!(
        "module spram(input wire clock, input wire [13:0] address, input wire [15:0] data, input wire [3:0] mask,
            input wire write, select, output wire [15:0] q);
        SB_SPRAM256KA one(.ADDRESS(address), .DATAIN(data), .MASKWREN(mask), .WREN(write), .CHIPSELECT(select), .CLOCK(clock),
            .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1), .DATAOUT(q));
        endmodule\n{cells}"
    );
    build("spram", &top, &BuildOptions::default()).unwrap()
}

/// Random accesses; the first word that differs from an array's.
fn compare_spram(cells: &str) -> Result<(), String> {
    let m = spram(cells).instance(1);
    let port = |n: &str| m.port(n).unwrap();
    let mut words = std::collections::BTreeMap::new();
    let mut draw = Draw(43);
    let mut shown = None;
    for cycle in 0..40_000 {
        // All over the memory, but few words.
        let address = (draw.below(2) << 13) | (draw.below(8) * 0x3ff);
        let (data, mask) = (draw.below(1 << 16), draw.below(16));
        let known = words.contains_key(&address);
        let mask = if known { mask } else { 15 };
        let write = !known || draw.below(2) == 0;
        let select = draw.below(4) > 0;
        for (n, v) in [("address", address), ("data", data), ("mask", mask)] {
            port(n).set(v);
        }
        port("write").set(write.into());
        port("select").set(select.into());
        m.tick(1);
        if select && write {
            let bits = (0..4).fold(0, |b, i| b | ((mask >> i & 1) * (15 << (4 * i))));
            let word = words.entry(address).or_insert(0);
            *word = *word & !bits | data & bits;
        } else if select {
            shown = Some(words[&address]);
        }
        let q = port("q").get();
        if shown.is_some_and(|s| s != q) {
            return Err(format!("cycle {cycle}: {q:#06x}, not {shown:#06x?}"));
        }
    }
    Ok(())
}

#[test]
fn the_single_port_ram_is_an_array_of_four_enables() {
    compare_spram(CELLS_ICE40).unwrap();
    for (from, to) in [
        ("{4{MASKWREN[2]}}", "{4{MASKWREN[3]}}"),
        ("if (CHIPSELECT && WREN)", "if (WREN)"),
        ("if (CHIPSELECT && !WREN)", "if (CHIPSELECT)"),
        ("[13:0] ADDRESS", "[12:0] ADDRESS"),
    ] {
        let broken = CELLS_ICE40.replace(from, to);
        assert_ne!(broken, CELLS_ICE40, "{from}");
        assert!(compare_spram(&broken).is_err(), "{to} is not seen");
    }
}

fn multiplier(parameters: &str, cells: &str) -> Result<Library, SimError> {
    let top = format!(
        "module product(input wire clock, input wire [15:0] a, b, input wire a_hold, b_hold, enable, output wire [31:0] p);
        SB_MAC16 #({parameters}) one(.CLK(clock), .CE(enable), .A(a), .B(b), .C(16'h0), .D(16'h0), .AHOLD(a_hold), .BHOLD(b_hold),
            .CHOLD(1'b0), .DHOLD(1'b0), .IRSTTOP(1'b0), .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0), .OLOADTOP(1'b0),
            .OLOADBOT(1'b0), .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0), .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0), .ACCUMCI(1'b0),
            .SIGNEXTIN(1'b0), .O(p), .CO(), .ACCUMCO(), .SIGNEXTOUT());
        endmodule\n{cells}"
    );
    build("product", &top, &BuildOptions::default())
}

/// Random operands, their extremes among them, with and without registers; the first wrong product.
fn multiply(registers: [bool; 2], signed: [bool; 2], cells: &str) -> Result<(), String> {
    let parameters = format!(
        ".TOPOUTPUT_SELECT(2'b11), .BOTOUTPUT_SELECT(2'b11), .A_REG({}), .B_REG({}), .A_SIGNED({}), .B_SIGNED({})",
        u8::from(registers[0]),
        u8::from(registers[1]),
        u8::from(signed[0]),
        u8::from(signed[1])
    );
    let m = multiplier(&parameters, cells).unwrap().instance(1);
    let port = |n: &str| m.port(n).unwrap();
    let mut draw = Draw(47);
    let mut held = [None, None];
    for _ in 0..10_000 {
        let mut operand = || match draw.below(4) {
            0 => [0, 1, 0x7fff, 0x8000, 0xffff][draw.below(5) as usize],
            _ => draw.below(1 << 16),
        };
        let given = [operand(), operand()];
        let (hold, enable) = ([draw.below(3) == 0, draw.below(3) == 0], draw.below(4) > 0);
        port("a").set(given[0]);
        port("b").set(given[1]);
        port("a_hold").set(hold[0].into());
        port("b_hold").set(hold[1].into());
        port("enable").set(enable.into());
        m.tick(1);
        for i in 0..2 {
            if !registers[i] || enable && !hold[i] {
                held[i] = Some(given[i]);
            }
        }
        if let [Some(a), Some(b)] = held {
            let value = |v: u64, s: bool| v as i64 - (i64::from(s && v >> 15 == 1) << 16);
            let want = (value(a, signed[0]) * value(b, signed[1])) as u32;
            let p = port("p").get() as u32;
            if p != want {
                return Err(format!("{a:#x} * {b:#x}: {p:#x}, not {want:#x}"));
            }
        }
    }
    Ok(())
}

#[test]
fn the_multiplier_multiplies_signed_and_unsigned_with_and_without_registers() {
    let cases = [
        ([false, false], [true, true]),
        ([true, false], [true, true]),
        ([true, true], [false, false]),
        ([false, true], [false, true]),
    ];
    for (registers, signed) in cases {
        multiply(registers, signed, CELLS_ICE40)
            .unwrap_or_else(|e| panic!("{registers:?}, {signed:?}: {e}"));
    }
    for (from, to) in [
        ("{A_SIGNED != 0 && a[15], a}", "{1'b0, a}"),
        ("A_REG != 0 ? a_q : A", "a_q"),
        ("if (CE && !AHOLD)", "if (CE)"),
        ("if (CE && !BHOLD)", "if (!BHOLD)"),
    ] {
        let broken = CELLS_ICE40.replace(from, to);
        assert_ne!(broken, CELLS_ICE40, "{from}");
        let caught = cases.iter().any(|c| multiply(c.0, c.1, &broken).is_err());
        assert!(caught, "{to} is not seen");
    }
}

#[test]
fn what_the_models_do_not_have_is_refused() {
    let error = ram(NAMES[0], ".INIT_FILE(\"a\")", CELLS_ICE40).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("contents from a file are not modelled")
    );
    let product = ".TOPOUTPUT_SELECT(2'b11), .BOTOUTPUT_SELECT(2'b11)";
    for (parameters, why) in [
        (
            String::new(),
            "only the product of 16 x 16 bits is modelled",
        ),
        (
            format!("{product}, .PIPELINE_16x16_MULT_REG2(1)"),
            "registers behind the multiplier",
        ),
        (
            format!("{product}, .NEG_TRIGGER(1)"),
            "the falling edge is not modelled",
        ),
    ] {
        let error = multiplier(&parameters, CELLS_ICE40)
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{parameters}: {error}");
    }
}
