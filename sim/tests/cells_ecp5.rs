//! The models of the ECP5's block RAM and multiplier against arrays and products; no Yosys is needed.

use synfire_sim::{BuildOptions, Library, Machine, SimError, build, netlist::CELLS_ECP5};

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

    fn bits(&mut self, n: u32) -> u64 {
        self.next() >> (64 - n)
    }
}

/// `.DIA17(dia[17]), ...`
fn pins(port: &str, vector: &str, bits: u32) -> String {
    let pin = |i| format!(".{port}{i}({vector}[{i}])");
    (0..bits).map(pin).collect::<Vec<_>>().join(", ")
}

/// A block RAM with vectors for ports, and other parameters.
fn ram(parameters: &str, cells: &str) -> Result<Library, SimError> {
    let ports: Vec<String> = ["A", "B"]
        .iter()
        .flat_map(|x| {
            let v = |p: &str| format!("{p}_{}", x.to_lowercase());
            [
                pins(&format!("DI{x}"), &v("di"), 18),
                pins(&format!("DO{x}"), &v("do"), 18),
                pins(&format!("AD{x}"), &v("ad"), 14),
                format!(".CLK{x}(clock), .CE{x}({}), .WE{x}({})", v("ce"), v("we")),
                format!(".CS{x}0(1'b0), .CS{x}1(1'b0), .CS{x}2(1'b0), .RST{x}(1'b0)"),
                format!(".OCE{x}(1'b1)"),
            ]
        })
        .collect();
    let top = format!(
        "module ram(input wire clock, input wire [17:0] di_a, di_b, input wire [13:0] ad_a, ad_b,
            input wire ce_a, we_a, ce_b, we_b, output wire [17:0] do_a, do_b);
        DP16KD #({parameters}) one({});
        endmodule\n{cells}",
        ports.join(", ")
    );
    build("ram", &top, &BuildOptions::default())
}

/// The inputs of one port in one cycle.
#[derive(Debug, Clone, Copy)]
struct Access {
    enable: bool,
    write: bool,
    address: u32,
    data: u32,
}

/// Bits of 9 that an access of some width reaches, in a row of 36: which of the row's bytes, from the first on.
fn reached(width: u32, address: u32) -> std::ops::Range<usize> {
    match width {
        9 => (address as usize >> 3 & 3)..(address as usize >> 3 & 3) + 1,
        18 => (address as usize >> 3 & 2)..(address as usize >> 3 & 2) + 2,
        _ => 0..4,
    }
}

fn row(address: u32) -> usize {
    4 * (address as usize >> 5 & 511)
}

/// An array of bytes of 9 bits and what both ports show.
struct Plain {
    bytes: Vec<u32>,
    widths: [u32; 2],
    modes: [&'static str; 2],
    shown: [u64; 2],
}

impl Plain {
    /// Bytes that an access writes, with their data.
    fn writes(&self, port: usize, a: Access, high: u32) -> Vec<(usize, u32)> {
        if !(a.enable && a.write) {
            return Vec::new();
        }
        let whole = u64::from(a.data) | u64::from(high) << 18;
        reached(self.widths[port], a.address)
            .enumerate()
            .filter(|&(i, _)| self.widths[port] == 9 || a.address >> i & 1 == 1)
            .map(|(i, byte)| (row(a.address) + byte, (whole >> (9 * i)) as u32 & 0x1ff))
            .collect()
    }

    fn cycle(&mut self, access: [Access; 2]) {
        let wide = self.widths[0] == 36;
        let high = if wide { access[1].data } else { 0 };
        let writes = [0, 1].map(|p| self.writes(p, access[p], high));
        for p in [0, 1] {
            let a = access[p];
            if !a.enable || a.write && self.modes[p] == "NORMAL" {
                continue;
            }
            let mut value = 0;
            for (i, byte) in reached(self.widths[p], a.address).enumerate() {
                let at = row(a.address) + byte;
                let own = writes[p].iter().find(|w| w.0 == at);
                let other = writes[1 - p].iter().any(|w| w.0 == at);
                let seen = match own {
                    Some(w) if self.modes[p] == "WRITETHROUGH" => w.1,
                    _ if other => !self.bytes[at] & 0x1ff,
                    _ => self.bytes[at],
                };
                value |= u64::from(seen) << (9 * i);
            }
            self.shown[p] = value;
        }
        for (at, byte) in writes.into_iter().flatten() {
            self.bytes[at] = byte;
        }
    }
}

fn apply(m: &Machine, access: [Access; 2]) {
    for (x, a) in ["a", "b"].iter().zip(access) {
        let set =
            |name: &str, value: u32| m.port(&format!("{name}_{x}")).unwrap().set(value.into());
        set("ce", a.enable.into());
        set("we", a.write.into());
        set("ad", a.address);
        set("di", a.data);
    }
    m.tick(1);
}

/// Random accesses to model and array; the first difference.
fn compare(widths: [u32; 2], modes: [&'static str; 2], cells: &str) -> Result<(), String> {
    let mut rng = Rng(u64::from(widths[0] * 64 + widths[1]));
    // 16 words in 320 bits, 20 bits each, of which 18 count.
    let word = |i: u32| (i * 0x2545 + 7) & 0x3_ffff;
    let initial: Vec<String> = (0..64)
        .map(|v| {
            let digits: String = (0..16)
                .rev()
                .map(|i| format!("{:05x}", word(16 * v + i)))
                .collect();
            format!(".INITVAL_{v:02X}(320'h{digits})")
        })
        .collect();
    let parameters = format!(
        ".DATA_WIDTH_A({}), .DATA_WIDTH_B({}), .WRITEMODE_A(\"{}\"), .WRITEMODE_B(\"{}\"), {}",
        widths[0],
        widths[1],
        modes[0],
        modes[1],
        initial.join(", ")
    );
    let m = ram(&parameters, cells).unwrap().instance(1);
    let mut plain = Plain {
        bytes: (0..2048)
            .map(|i| word(i / 2) >> (9 * (i % 2)) & 0x1ff)
            .collect(),
        widths,
        modes,
        shown: [0; 2],
    };
    let mut read = [false; 2];
    for step in 0..20_000 {
        // Few rows, so that both ports meet; all of them now and then.
        let rows = if rng.bits(3) == 0 { 9 } else { 2 };
        let mut access = [0, 1].map(|p| Access {
            enable: rng.bits(2) != 0,
            write: rng.bits(1) == 1 && !(p == 1 && widths.contains(&36)),
            address: (rng.bits(rows) << 5 | rng.bits(5)) as u32,
            data: rng.bits(18) as u32,
        });
        // What the model refuses is another test's.
        let pairs = [0, 1].map(|p| plain.writes(p, access[p], 0));
        if pairs[0].iter().any(|a| pairs[1].iter().any(|b| a.0 == b.0)) {
            access[1].write = false;
        }
        plain.cycle(access);
        apply(&m, access);
        for p in [0, 1] {
            read[p] |= access[p].enable && !access[p].write;
        }
        let shown = |x: &str| m.port(x).unwrap().get();
        let (a, b) = (shown("do_a"), shown("do_b"));
        let is = if widths[1] == 36 {
            [0, a | b << 18]
        } else {
            [a, b]
        };
        for p in [0, 1] {
            let counts = read[p] && !(p == 0 && widths.contains(&36));
            if counts && is[p] != plain.shown[p] {
                return Err(format!(
                    "widths {widths:?}, modes {modes:?}, step {step}, port {p}, {access:x?}: array {:x}, model {:x}",
                    plain.shown[p], is[p]
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn the_block_ram_is_an_array_in_every_width_and_write_mode() {
    let modes = ["NORMAL", "WRITETHROUGH", "READBEFOREWRITE"];
    for (widths, modes) in [
        ([9, 9], [modes[0]; 2]),
        ([18, 18], [modes[0]; 2]),
        ([9, 18], [modes[1], modes[2]]),
        ([18, 9], [modes[2], modes[1]]),
        ([18, 18], [modes[1], modes[1]]),
        ([36, 36], [modes[0]; 2]),
        ([36, 18], [modes[0]; 2]),
        ([36, 9], [modes[0]; 2]),
    ] {
        compare(widths, modes, CELLS_ECP5).unwrap();
    }
}

#[test]
fn a_broken_block_ram_is_caught() {
    for (from, to) in [
        // A byte is written under another one's enable.
        ("if (write_a[1]) mem", "if (write_a[0]) mem"),
        // A write is read by the other port as it was before.
        ("seen_b = old_b ^", "seen_b = old_b |"),
        // NORMAL reads while it writes.
        ("if (CEA && !WEA)", "if (CEA)"),
        // The initial words are not 20 bits apart.
        ("INIT[40 * i +: 18]", "INIT[36 * i +: 18]"),
    ] {
        assert_eq!(CELLS_ECP5.matches(from).count(), 1, "{from}");
        let broken = CELLS_ECP5.replace(from, to);
        let caught = compare([18, 18], ["NORMAL"; 2], &broken);
        assert!(caught.is_err(), "{to} is not seen");
    }
}

#[test]
fn what_the_models_do_not_have_is_refused() {
    for (parameter, why) in [
        (".DATA_WIDTH_A(4)", "data widths 4 and 18 are not modelled"),
        (
            ".REGMODE_B(\"OUTREG\")",
            "output registers are not modelled",
        ),
        (".CSDECODE_A(\"0b001\")", "chip selects are not modelled"),
        (".CLKBMUX(\"INV\")", "inverted clocks are not modelled"),
        (".WRITEMODE_A(\"OTHER\")", "this write mode is not modelled"),
        (".DIA3MUX(\"INV\")", "DIA3MUX"),
    ] {
        let error = ram(parameter, CELLS_ECP5).unwrap_err().to_string();
        assert!(error.contains(why), "{parameter}: {error}");
    }
    let error = multiplier(".REG_OUTPUT_CLK(\"CLK0\")", CELLS_ECP5).unwrap_err();
    assert!(error.to_string().contains("registers are not modelled"));
}

fn multiplier(parameters: &str, cells: &str) -> Result<Library, SimError> {
    let top = format!(
        "module product(input wire [17:0] a, b, input wire signed_a, signed_b, output wire [35:0] p);
        MULT18X18D #({parameters}) one({}, {}, {}, .SIGNEDA(signed_a), .SIGNEDB(signed_b), .SOURCEA(1'b0), .SOURCEB(1'b0));
        endmodule\n{cells}",
        pins("A", "a", 18),
        pins("B", "b", 18),
        pins("P", "p", 36)
    );
    build("product", &top, &BuildOptions::default())
}

/// Random operands, their extremes among them; the first wrong product.
fn multiply(cells: &str) -> Result<(), String> {
    let m = multiplier("", cells).unwrap().instance(1);
    let port = |name: &str| m.port(name).unwrap();
    let (a, b, p) = (port("a"), port("b"), port("p"));
    let (signed_a, signed_b) = (port("signed_a"), port("signed_b"));
    let mut rng = Rng(5);
    for _ in 0..20_000 {
        let mut operand = || match rng.bits(3) {
            0 => [0, 1, 0x1_ffff, 0x2_0000, 0x3_ffff][rng.next() as usize % 5],
            _ => rng.bits(18),
        };
        let (x, y) = (operand(), operand());
        let (sx, sy) = (rng.bits(1), rng.bits(1));
        a.set(x);
        b.set(y);
        signed_a.set(sx);
        signed_b.set(sy);
        m.eval();
        let value = |v: u64, signed: u64| v as i64 - ((signed & v >> 17) << 18) as i64;
        let want = (value(x, sx) * value(y, sy)) as u64 & 0xf_ffff_ffff;
        if p.get() != want {
            return Err(format!(
                "{x:#x} ({sx}) * {y:#x} ({sy}): {:#x}, not {want:#x}",
                p.get()
            ));
        }
    }
    Ok(())
}

#[test]
fn the_multiplier_multiplies_signed_and_unsigned() {
    multiply(CELLS_ECP5).unwrap();
    let broken = CELLS_ECP5.replace("{SIGNEDB & B17,", "{SIGNEDA & B17,");
    assert!(multiply(&broken).is_err());
}
