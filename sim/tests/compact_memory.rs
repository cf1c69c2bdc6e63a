//! The single-port memory against an array: random accesses of control and engine side by side.

mod bench;

use bench::Draw;
use synfire_format::config::PeConfig;
use synfire_hdl::pe::emit_block;
use synfire_sim::{BuildOptions, build, lint};

/// A request that stays until it is taken.
#[derive(Clone, Copy)]
struct Request {
    addr: u64,
    we: u64,
    data: u64,
}

fn random(draw: &mut Draw) -> Option<Request> {
    (draw.below(3) > 0).then(|| Request {
        // Few words, so that reads find what was just written; the two lowest bits and those above the SRAM count for nothing.
        addr: draw.below(64) | draw.below(4) << 16,
        we: [0, 0, 15, draw.below(16)][draw.below(4) as usize],
        data: draw.next() & 0xffff_ffff,
    })
}

/// Words read, writes, or the first difference, of `cycles` cycles.
fn traffic(text: &str, cycles: u64) -> Result<(u64, u64), String> {
    let library = build("sram", text, &BuildOptions::default()).unwrap();
    let m = library.instance(3);
    let port = |n: &str| m.port(n).unwrap();
    let mut draw = Draw(77);
    let mut words = [0u64; 16];
    port("reset").set(1);
    for who in ["control", "engine"] {
        port(&format!("{who}_valid")).set(0);
        port(&format!("{who}_we")).set(0);
    }
    m.tick(2);
    port("reset").set(0);
    // Every word has a known value before it is read.
    port("control_valid").set(1);
    port("control_we").set(15);
    for i in 0..16 {
        port("control_addr").set(4 * i);
        port("control_data").set(i);
        words[i as usize] = i;
        m.tick(1);
    }
    let (mut control, mut engine) = (None, None);
    let (mut reads, mut writes, mut conflicts) = (0, 0, 0);
    for cycle in 0..cycles {
        control = control.or_else(|| random(&mut draw));
        engine = engine.or_else(|| random(&mut draw));
        for (who, request) in [("control", &control), ("engine", &engine)] {
            let r = request.unwrap_or(Request {
                addr: draw.below(64),
                we: draw.below(16),
                data: 0,
            });
            port(&format!("{who}_valid")).set(request.is_some().into());
            port(&format!("{who}_addr")).set(r.addr);
            port(&format!("{who}_we")).set(r.we);
            port(&format!("{who}_data")).set(r.data);
        }
        m.eval();
        conflicts += u64::from(control.is_some() && engine.is_some());
        let first = engine.is_none();
        let ready = (port("control_ready").get(), port("engine_ready").get());
        if ready != (first.into(), 1) {
            return Err(format!(
                "cycle {cycle}: ready {ready:?}, engine asks: {}",
                !first
            ));
        }
        let taken = if first { control.take() } else { engine.take() };
        let wanted = taken.map(|r| {
            let word = &mut words[r.addr as usize % 64 / 4];
            for lane in (0..4).filter(|l| r.we >> l & 1 == 1) {
                let mask = 0xff << (8 * lane);
                *word = *word & !mask | r.data & mask;
            }
            (r.we == 0, *word)
        });
        m.tick(1);
        let response = port("control_response").get() == 1;
        if response != (first && wanted.is_some_and(|w| w.0)) {
            return Err(format!("cycle {cycle}: response {response}"));
        }
        match wanted {
            Some((true, word)) => {
                reads += 1;
                let q = port("q").get();
                if q != word {
                    return Err(format!("cycle {cycle}: read {q:#x}, there is {word:#x}"));
                }
            }
            Some((false, _)) => writes += 1,
            None => {}
        }
    }
    let counted = port("conflicts").get();
    if counted != conflicts {
        return Err(format!("{counted} conflicts counted, {conflicts} seen"));
    }
    Ok((reads, writes))
}

#[test]
fn random_accesses_read_what_was_written_last() {
    let text = emit_block("sram", &PeConfig::tiny()).unwrap();
    lint("sram", &text).unwrap();
    let (reads, writes) = traffic(&text, 20_000).unwrap();
    assert!(
        reads > 5_000 && writes > 5_000,
        "{reads} reads, {writes} writes"
    );
}

#[test]
fn broken_turns_enables_and_counts_are_caught() {
    let good = emit_block("sram", &PeConfig::tiny()).unwrap();
    for (from, to) in [
        ("control_ready = ~engine_valid", "control_ready = 1'b1"),
        ("if (we[3])", "if (we[2])"),
        ("addr = engine_addr", "addr = control_addr"),
        ("bank$we = control_we", "bank$we = engine_we"),
        ("& ~engine_valid", ""),
        ("if (engine_valid & control_valid)", "if (engine_valid)"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(good, bad, "{from} is in the text");
        assert!(
            traffic(&bad, 2_000).is_err(),
            "`{from}` -> `{to}` went unseen"
        );
    }
}
