//! A host with eight requests on the way over a line that loses, damages, repeats and delays frames in both directions:
//! everything is carried out once and in order.

mod bench;
mod host;

use bench::Draw;
use host::{Host, echo, frame, packed, unpacked, words_of};
use std::collections::{BTreeMap, VecDeque};
use synfire_format::config::PeConfig;
use synfire_format::link::{self, command, control, status};
use synfire_format::packet::{MULTICAST, Packet};
use synfire_hdl::machine::emit_machine;
use synfire_sim::link::{LinkRtl, MachineLibrary};

/// What a request must be answered with.
enum Want {
    Nothing,
    Words(Vec<u32>),
    Messages,
}

const REGION: u32 = 0x400;

/// Random requests; memory is PE 0's, messages are PE 1's. And the number of messages sent.
fn requests(draw: &mut Draw, count: usize) -> (Vec<(u8, Vec<u8>, Want)>, u32) {
    let mut memory = [0u32; 64];
    let mut sent = 0;
    let mut all = vec![(
        command::WRITE,
        [&REGION.to_le_bytes()[..], &[0; 240]].concat(),
        Want::Nothing,
    )];
    for _ in 0..count {
        let first = draw.below(50) as usize;
        let n = 1 + draw.below(10) as usize;
        let address = (REGION + 4 * first as u32).to_le_bytes();
        match draw.below(4) {
            0 => {
                let mut payload = address.to_vec();
                for word in &mut memory[first..first + n] {
                    *word = draw.word();
                    payload.extend(word.to_le_bytes());
                }
                all.push((command::WRITE, payload, Want::Nothing));
            }
            1 | 2 => {
                let payload = [&address[..], &[n as u8]].concat();
                all.push((
                    command::READ,
                    payload,
                    Want::Words(memory[first..first + n].to_vec()),
                ));
            }
            _ => {
                let mut payload = Vec::new();
                for _ in 0..1 + draw.below(3) {
                    let message = Packet {
                        kind: MULTICAST,
                        key: sent,
                        payload: None,
                    };
                    payload.extend(packed(&message));
                    sent += 1;
                }
                all.push((0x10 | command::SEND, payload, Want::Nothing));
                all.push((0x10 | command::RECEIVE, vec![26], Want::Messages));
            }
        }
    }
    all.push((0x10 | command::RECEIVE, vec![26], Want::Messages));
    (all, sent)
}

/// Sends a frame over the bad line.
fn over(draw: &mut Draw, rtl: &mut LinkRtl, line: &[u8]) {
    let mut line = line.to_vec();
    match draw.below(10) {
        0 => return,
        1 => {
            let at = draw.below(line.len() as u64) as usize;
            line[at] ^= 1 << draw.below(8);
        }
        2 => rtl.send(&line),
        _ => {}
    }
    rtl.send(&line);
}

/// Requests answered with something else, and messages that came twice, out of order or not at all.
fn wrongs(library: &MachineLibrary, seed: u64, count: usize) -> usize {
    let mut draw = Draw(seed * 0x9e37_79b9 + 1);
    let mut host = Host::of(library, seed);
    host.hello(seed as u32, 255);
    host.write(1, 0, &echo());
    host.control(1, control::RUN);
    let first = host.number;
    let (all, sent) = requests(&mut draw, count);
    let line = |i: usize| frame(all[i].0, first.wrapping_add(i as u8), &all[i].1);
    let rtl = &mut host.rtl;
    let (mut base, mut next, mut idle, mut wrong) = (0, 0, 0, 0);
    let mut keys = Vec::new();
    let mut waiting: BTreeMap<usize, (u8, Vec<u8>)> = BTreeMap::new();
    let mut out = VecDeque::new();
    while base < all.len() {
        while next < all.len() && next < base + usize::from(link::WINDOW) {
            over(&mut draw, rtl, &line(next));
            next += 1;
        }
        rtl.hold(draw.below(3) == 0);
        rtl.run(1 + draw.below(60));
        out.extend(rtl.receive());
        idle += 1;
        // Whole frames only: up to the last END.
        if let Some(end) = out.iter().rposition(|&b| b == link::END) {
            let mut bytes: Vec<u8> = out.drain(..=end).collect();
            if draw.below(40) == 0 {
                let at = draw.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << draw.below(8);
            }
            for (kind, number, payload) in host::parsed(&bytes).into_iter().flatten() {
                if draw.below(10) == 0 || kind & 15 == status::EXPECT {
                    continue;
                }
                let ahead = number.wrapping_sub(first.wrapping_add(base as u8));
                if usize::from(ahead) < next - base {
                    waiting.insert(base + usize::from(ahead), (kind, payload));
                }
            }
            out.push_front(link::END);
        }
        while let Some((kind, payload)) = waiting.remove(&base) {
            let (asked, _, want) = &all[base];
            wrong += usize::from(kind != asked & 0xf0);
            match want {
                Want::Nothing => wrong += usize::from(!payload.is_empty()),
                Want::Words(words) => wrong += usize::from(words_of(&payload) != *words),
                Want::Messages => {
                    keys.extend(payload.chunks(link::PACKET_BYTES).map(|p| unpacked(p).key));
                }
            }
            base += 1;
            idle = 0;
        }
        if idle > 120 {
            for i in base..next {
                over(&mut draw, rtl, &line(i));
            }
            idle = 0;
            // Whoever repeats for ever is out of step.
            if rtl.cycles() > 3_000_000 {
                return wrong + 1;
            }
        }
    }
    let want: Vec<u32> = (1..=sent).collect();
    wrong + usize::from(keys != want)
}

#[test]
fn everything_is_carried_out_once_and_in_order_over_a_bad_line() {
    let library = MachineLibrary::build(&PeConfig::small(), 2, false).unwrap();
    for seed in 1..=6 {
        assert_eq!(wrongs(&library, seed, 150), 0, "seed {seed}");
    }
}

#[test]
fn a_bridge_that_carries_repetitions_out_again_is_caught() {
    let good = emit_machine(&PeConfig::small(), 2, 0, 0).unwrap();
    let bad = good.replace("else if (session$repeated) begin", "else if (1'b0) begin");
    assert!(good != bad);
    let bad = bad.replace(
        "else if (session$in_order) begin",
        "else if (session$in_order | session$repeated) begin",
    );
    let library = MachineLibrary::from_verilog(&bad, false).unwrap();
    assert!((1..4).any(|seed| wrongs(&library, seed, 60) > 0));
}
