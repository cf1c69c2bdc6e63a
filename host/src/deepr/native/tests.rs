//! The executor against the equations of [`crate::deepr`], evaluated one entry at a time in wide integers.

use super::*;
use crate::data::digits;
use crate::deepr::train::Config;
use synfire_format::random::draw;
use synfire_golden::{exp::exp, reciprocal::reciprocal};

const SEED: u32 = 7;

/// The equations of the module text, as literally as they can be written.
struct Equations {
    net: Network,
    step: u32,
    rules: Vec<RuleConstants>,
    saturations: u64,
}

impl Equations {
    fn sat16(&mut self, v: i64) -> i64 {
        self.saturations += u64::from(!(-32768..=32767).contains(&v));
        v.clamp(-32768, 32767)
    }

    fn entry(&self, l: usize, r: usize, c: usize) -> (usize, i64) {
        let layer = &self.net.layers[l];
        let at = r * layer.shape.slots + c;
        (usize::from(layer.index[at]), i64::from(layer.weight[at]))
    }

    fn key(&self, l: usize, r: usize, tag: u16) -> u64 {
        let at = RowIndex {
            population: l as u16,
            row: r as u16,
            tag,
        };
        row_key(SEED, self.step, at)
    }

    fn train(&mut self, image: &[u8], label: u8) {
        let shapes = self.net.shapes();
        let last = shapes.len() - 1;
        let mut x: Vec<Vec<i64>> = vec![image.iter().map(|&p| i64::from(p)).collect()];
        let mut sums = Vec::new();
        for (l, s) in shapes.iter().enumerate() {
            sums = (0..s.n_out)
                .map(|r| {
                    (0..s.slots)
                        .map(|c| self.entry(l, r, c))
                        .map(|(i, w)| w * x[l][i])
                        .sum::<i64>()
                })
                .collect();
            if l < last {
                let h = sums
                    .iter()
                    .map(|o| self.sat16((o + (1 << 13)) >> 14).max(0))
                    .collect();
                x.push(h);
            }
        }
        let mut errors = vec![0i64; 0];
        for l in (0..=last).rev() {
            let s = shapes[l];
            let k = self.rules[l];
            for r in 0..s.n_out {
                let layer = &mut self.net.layers[l];
                let keep = if layer.delta[r] == 0 {
                    (i64::from(layer.owed[r]) * 32767 + (1 << 14)) >> 15
                } else {
                    0
                };
                layer.owed[r] = (keep + 1) as i16;
            }
            let mut delta = vec![0i64; s.n_out];
            if l == last {
                let m = sums.iter().max().unwrap();
                let e: Vec<i64> = sums
                    .iter()
                    .map(|o| i64::from(exp(((o - m) >> 7) as i32)))
                    .collect();
                let r = i64::from(reciprocal(e.iter().sum::<i64>() as i32));
                for i in 0..s.n_out {
                    let c = if i == usize::from(label) { -1024 } else { 0 };
                    delta[i] = self.sat16((((e[i] >> 3) * (r >> 2) + (1 << 14)) >> 15) + c);
                }
            } else {
                for ((d, e), &h) in delta.iter_mut().zip(&errors).zip(&x[l + 1]) {
                    let v = self.sat16((e + (1 << 13)) >> 14);
                    *d = if h > 0 { v } else { 0 };
                }
            }
            errors = vec![0; s.n_in];
            let mut flagged = Vec::new();
            for (r, &delta) in delta.iter().enumerate() {
                let half = (1i64 << k.eta_shift) / 2;
                let eta_delta = self.sat16((delta * i64::from(k.k_eta) + half) >> k.eta_shift);
                self.net.layers[l].delta[r] = delta as i16;
                if delta == 0 {
                    continue;
                }
                for c in 0..s.slots {
                    let (i, w) = self.entry(l, r, c);
                    let d = i64::from(draw(self.key(l, r, UPDATE_TAG), c as u16, 0) & 0xffff);
                    errors[i] += w * delta;
                    let floor = |p: i64, shift: u8| (p + d % (1 << shift)) >> shift;
                    let u = self.sat16(w + floor(x[l][i] * eta_delta, k.update_shift));
                    let owed = i64::from(self.net.layers[l].owed[r]);
                    let n = if w < 0 { -owed } else { owed };
                    let new = self.sat16(u + floor(n * -i64::from(k.k_l1), k.l1_shift));
                    self.net.layers[l].weight[r * s.slots + c] = new as i16;
                    if w * new <= 0 && s.slots < s.n_in {
                        flagged.push((r, c));
                    }
                }
            }
            for (r, c) in flagged.into_iter().take(QUEUE_RECORDS as usize) {
                let key = self.key(l, r, REDRAW_TAG);
                let row = r * s.slots..(r + 1) * s.slots;
                let layer = &mut self.net.layers[l];
                let d = (0..)
                    .map(|attempt| draw(key, c as u16, attempt))
                    .find(|d| {
                        let i = d % s.n_in.next_power_of_two() as u32;
                        (i as usize) < s.n_in && !layer.index[row.clone()].contains(&(i as u16))
                    })
                    .unwrap();
                layer.index[row.start + c] = (d % s.n_in.next_power_of_two() as u32) as u16;
                let sign = if d >> 31 == 1 { -1 } else { 1 };
                layer.weight[row.start + c] = sign * k.regrow;
            }
        }
        self.step += 1;
    }
}

/// Both of them after `samples` samples of the digits, at a rate and L1 that make saturations and redraws happen.
fn both(slots: [usize; 3], samples: usize, break_one: bool) -> (Native, Equations) {
    let mut config = Config::digits(SEED);
    config.slots = slots.to_vec();
    config.hyper.rate = 0.3;
    config.hyper.l1 = 1e-3;
    let shapes = super::super::network::shapes(&config.widths, &config.slots).unwrap();
    let net = Network::new(&shapes, SEED, 150).unwrap();
    let mut rules = config.hyper.rules(0, 3);
    let mut native = Native::new(net.clone(), SEED, 0, rules.clone());
    if break_one {
        rules[2].k_l1 -= 1;
    }
    let mut equations = Equations {
        net,
        step: 0,
        rules,
        saturations: 0,
    };
    let d = digits::load().unwrap().train;
    for i in 0..samples {
        native.train(d.image(i % d.len()), d.label(i % d.len()));
        equations.train(d.image(i % d.len()), d.label(i % d.len()));
        if !break_one {
            assert_eq!(native.network(), &equations.net, "after sample {i}");
        }
    }
    (native, equations)
}

#[test]
fn the_loops_compute_the_equations_bit_for_bit() {
    for (slots, rewired) in [([8, 8, 16], 3), ([3, 15, 32], 2)] {
        let (mut native, equations) = both(slots, 1500, false);
        let counters = native.take_counters();
        assert_eq!(counters.saturations.total(), equations.saturations);
        let redrawn = &counters.redrawn;
        assert!(redrawn[..rewired].iter().all(|&n| n > 50), "{counters:?}");
        assert!(redrawn[rewired..].iter().all(|&n| n == 0), "{counters:?}");
        assert!(equations.saturations > 0);
        assert_eq!(native.step(), 1500);
    }
}

#[test]
fn one_lsb_of_a_constant_is_seen_by_the_comparison() {
    let (native, equations) = both([8, 8, 16], 300, true);
    assert_ne!(native.network(), &equations.net);
}

#[test]
fn draws_on_lanes_are_those_of_the_format() {
    for key in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
        for first in [0u16, 8, 56, u16::MAX - 3] {
            for (i, d) in draws(key, first).into_iter().enumerate() {
                let want = draw(key, first.wrapping_add(i as u16), 0) as u16;
                assert_eq!(d, want, "key {key:#x}, slot {first} + {i}");
            }
        }
    }
}

#[test]
fn rows_keep_their_slots_and_distinct_positions_while_they_rewire() {
    let (native, _) = both([8, 8, 16], 1000, false);
    for l in &native.network().layers {
        for row in l.index.chunks(l.shape.slots) {
            let mut sorted = row.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), l.shape.slots);
            assert!(row.iter().all(|&i| usize::from(i) < l.shape.n_in));
        }
    }
}

#[test]
fn the_count_of_owed_samples_stops_without_saturating() {
    let shapes = super::super::network::shapes(&[4, 2], &[1]).unwrap();
    let mut config = Config::digits(1);
    config.hyper.rate = 0.01;
    let net = Network::new(&shapes, 1, 100).unwrap();
    let mut native = Native::new(net, 1, 0, config.hyper.rules(0, 1));
    for _ in 0..20_000 {
        // Confident and right: both errors round to 0, so no row is visited.
        native.net.layers[0]
            .weight
            .copy_from_slice(&[32767, -32768]);
        native.net.layers[0].index.copy_from_slice(&[0, 0]);
        native.train(&[255; 4], 0);
        native.net.layers[0].delta.fill(0);
    }
    assert_eq!(native.network().layers[0].owed, [(1 << 14) + 1; 2]);
    assert_eq!(native.counters().saturations.eta_delta, 0);
}
