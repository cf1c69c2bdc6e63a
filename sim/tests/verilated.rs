//! The Verilator layer on a small hand-written module.

use synfire_sim::{BuildOptions, SimError, build, lint};

const COUNTER: &str = "\
module counter(input wire clock, input wire [71:0] in$data, input wire [1:0] we, input wire [3:0] at,
               output reg [71:0] last, output reg [7:0] count, output wire [15:0] word);
(* no_rw_check *) reg [15:0] mem [0:15] /* verilator public_flat_rw */;
reg [15:0] q;
assign word = q;
always @(posedge clock) begin
  count <= count + 8'd1;
  last <= in$data;
  q <= mem[at];
  if (we[0]) mem[at][7:0] <= in$data[7:0];
  if (we[1]) mem[at][15:8] <= in$data[15:8];
end
endmodule
";

#[test]
fn ports_of_all_widths_and_memories_are_read_and_written() {
    let library = build("counter", COUNTER, &BuildOptions::default()).unwrap();
    let m = library.instance(1);
    let port = |n: &str| m.port(n).unwrap();
    let (data, last, we, at) = (port("in$data"), port("last"), port("we"), port("at"));
    assert_eq!((data.bits(), last.bits(), we.bits()), (72, 72, 2));
    let before = port("count").get();
    data.set_wide(&[0x1122_3344, 0x5566_7788, 0xfff_ff99]);
    we.set(0b10);
    at.set(0x35); // cut to 5
    let mem = m.memory("mem").unwrap();
    mem.set(5, 0xabcd);
    m.tick(1);
    let mut words = [0; 3];
    last.get_wide(&mut words);
    assert_eq!(
        words,
        [0x1122_3344, 0x5566_7788, 0x99],
        "bits above 72 are dropped"
    );
    assert_eq!(last.get(), 0x5566_7788_1122_3344);
    assert_eq!(mem.get(5), 0x33cd);
    we.set(0);
    m.tick(9);
    assert_eq!(port("word").get(), 0x33cd);
    assert_eq!(port("count").get(), (before + 10) & 255);
    assert_eq!(m.cycles(), 10);
}

#[test]
fn power_up_values_follow_the_seed() {
    let library = build("counter", COUNTER, &BuildOptions::default()).unwrap();
    let start = |seed| {
        let m = library.instance(seed);
        let mem = m.memory("mem").unwrap();
        (0..16).map(|i| mem.get(i)).collect::<Vec<_>>()
    };
    assert_eq!(start(7), start(7));
    assert_ne!(start(7), start(8));
}

/// Verilator's models with public memories leave the context that their thread used last, whoever's that was.
#[test]
fn instances_are_dropped_in_any_order() {
    let library = build("counter", COUNTER, &BuildOptions::default()).unwrap();
    for first in 0..4 {
        let mut all: Vec<_> = (0..4).map(|seed| library.instance(seed)).collect();
        for m in &all {
            m.tick(3);
        }
        all[first].tick(1);
        drop(all.remove(first));
        // What the freed one had in memory is overwritten, at every size that it may have had.
        let over: Vec<_> = (4..14).map(|n| vec![0xffu8; 1 << n]).collect();
        drop(all);
        std::hint::black_box(&over);
    }
    // They left their own contexts alone: where they did not, this ends in freed memory.
    assert_eq!(library.instance(4).cycles(), 0);
}

#[test]
fn a_wrong_name_lists_the_right_ones_and_a_wrong_text_names_its_line() {
    let library = build("counter", COUNTER, &BuildOptions::default()).unwrap();
    let text = library.instance(0).port("cuont").unwrap_err().to_string();
    assert_eq!(
        text,
        "`counter` has no port `cuont`; its ports are clock, we, at, count, word, in$data, last"
    );
    assert!(library.instance(0).memory("ram").is_err());
    let broken = COUNTER.replace("last <= in$data", "last <= missing");
    let e = build("counter", &broken, &BuildOptions::default()).unwrap_err();
    assert!(
        matches!(&e, SimError::Verilate { log, .. } if log.contains("missing")),
        "{e}"
    );
}

#[test]
fn traces_are_written_where_compiled_in_and_refused_elsewhere() {
    let path = std::env::temp_dir().join(format!("synfire-trace-{}.fst", std::process::id()));
    let plain = build("counter", COUNTER, &BuildOptions::default()).unwrap();
    let e = plain.instance(0).open_trace(&path).unwrap_err().to_string();
    assert!(e.contains("build it with `trace: true`"), "{e}");
    let options = BuildOptions {
        trace: true,
        ..BuildOptions::default()
    };
    let traced = match build("counter", COUNTER, &options) {
        // Where nobody could install zlib, the error says how to.
        Err(e) if e.to_string().contains("zlib.h") => {
            assert!(e.to_string().contains("sudo apt install zlib1g-dev"), "{e}");
            return;
        }
        built => built.unwrap(),
    };
    let m = traced.instance(0);
    m.open_trace(&path).unwrap();
    m.tick(100);
    m.close_trace();
    assert!(std::fs::metadata(&path).unwrap().len() > 100);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_lint_gate_passes_clean_text_and_stops_a_latch() {
    lint("counter", COUNTER).unwrap();
    let latch =
        "module l(input wire a, input wire b, output reg c); always @(*) if (a) c = b; endmodule\n";
    let e = lint("l", latch).unwrap_err().to_string();
    assert!(e.contains("LATCH"), "{e}");
}
