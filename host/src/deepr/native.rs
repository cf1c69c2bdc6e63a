//! The native executor of DEEP R: the recipes and the kernel of the PE as plain loops, with the same bits.
//!
//! The equations are in [`crate::deepr`]. `wrapping_` and explicit clamps stand where the engines wrap or saturate;
//! the state after every sample is compared with the firmware on the PE model by the project's tests.

use super::layout::{QUEUE_RECORDS, REDRAW_TAG, SUM_SHIFT, UPDATE_TAG};
use super::network::{Layer, MAX_WIDTH, Network, free_position};
use super::recipes::RuleConstants;
use super::softmax;
use serde::{Deserialize, Serialize};
use synfire_format::random::{DRAW_ROUNDS, RowIndex, row_key};

/// Slots that the update works on together: their draws and products fill the registers of the host.
const GROUP: usize = 8;
const INDEX_MASK: usize = MAX_WIDTH - 1;

/// Which arithmetic step clipped a value, counted as the engines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Saturations {
    /// Sums read as `S7.8` activations.
    pub activation: u64,
    /// Sums read as `S5.10` errors, and the output layer's error.
    pub delta: u64,
    /// Errors times the learning rate.
    pub eta_delta: u64,
    /// Weights, by the gradient or the L1 step.
    pub weight: u64,
}

impl Saturations {
    /// All of them, the figure that the PE's counter shows.
    pub fn total(&self) -> u64 {
        self.activation + self.delta + self.eta_delta + self.weight
    }
}

/// What happened since the counters were last taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Training samples.
    pub samples: u64,
    /// Training samples whose class was right before the update.
    pub correct: u64,
    /// Rows visited by the backward pass, each layer.
    pub rows: Vec<u64>,
    /// Connections redrawn, each layer.
    pub redrawn: Vec<u64>,
    /// Flag records that found no room in the queue, all layers.
    pub overflows: u64,
    pub saturations: Saturations,
}

/// One layer's sums and operands within a sample.
#[derive(Debug, Clone)]
struct Scratch {
    /// Activations `S7.8` of this layer's rows (unused of the output layer).
    h: [i16; MAX_WIDTH],
    /// Weighted sums, 22 fraction bits.
    sum: Vec<i32>,
    /// Errors from the layer above, 24 fraction bits.
    error: [i32; MAX_WIDTH],
    eta_delta: Vec<i16>,
}

/// A network in training.
#[derive(Debug, Clone)]
pub struct Native {
    net: Network,
    seed: u32,
    /// Training samples seen since the beginning; the step of every draw.
    step: u32,
    rules: Vec<RuleConstants>,
    counters: Counters,
    input: [i16; MAX_WIDTH],
    scratch: Vec<Scratch>,
    exps: Vec<i32>,
    flags: Vec<(u16, u16)>,
}

/// Factor in 2^-15 of the samples owed, rounded to nearest: it changes nothing up to 2^14 and takes the next one away
/// beyond, so the count stops at 2^14 + 1 and needs no saturation.
const OWED_KEEP: i32 = 32767;

fn sat16(v: i32, saturated: &mut u64) -> i16 {
    let c = v.clamp(-32768, 32767);
    *saturated += u64::from(c != v);
    c as i16
}

/// Reads a sum as a 16-bit operand, as `Acc32` does.
fn operand(sum: i32, saturated: &mut u64) -> i16 {
    let v = (i64::from(sum) + (1 << (SUM_SHIFT - 1))) >> SUM_SHIFT;
    let c = v.clamp(-32768, 32767);
    *saturated += u64::from(c != v);
    c as i16
}

/// Low halves of the draws of slots `first .. first + GROUP`, attempt 0: [`synfire_format::random::draw`] on lanes.
fn draws(key: u64, first: u16) -> [u16; GROUP] {
    let k = [
        key as u16,
        (key >> 16) as u16,
        (key >> 32) as u16,
        (key >> 48) as u16,
    ];
    let mut x: [u16; GROUP] =
        std::array::from_fn(|i| k[0].wrapping_add(first).wrapping_add(i as u16));
    let mut y = [k[1]; GROUP];
    for round in 0..DRAW_ROUNDS {
        let k = k[(round + 2) % 4];
        for (x, y) in x.iter_mut().zip(&mut y) {
            *x = x.rotate_right(7).wrapping_add(*y) ^ k;
            *y = y.rotate_left(2) ^ *x;
        }
    }
    x
}

/// The row pass `sum[row] += w * x`, exact modulo 2^32.
fn forward_rows(layer: &Layer, x: &[i16; MAX_WIDTH], sum: &mut [i32]) {
    let slots = layer.shape.slots;
    let rows = layer.index.chunks_exact(slots);
    for ((row, weights), s) in rows.zip(layer.weight.chunks_exact(slots)).zip(sum) {
        let mut o = 0i32;
        for (&i, &w) in row.iter().zip(weights) {
            o = o.wrapping_add(i32::from(w) * i32::from(x[usize::from(i) & INDEX_MASK]));
        }
        *s = o;
    }
}

/// Row scalars and constants of one visited row.
#[derive(Clone, Copy)]
struct Visit {
    delta: i16,
    owed: i16,
    eta_delta: i16,
    rule: RuleConstants,
}

/// Updates up to [`GROUP`] slots of a row; returns the mask of flagged ones. `error` is the layer below's, if any.
fn update_group<const SCATTER: bool>(
    index: &[u16],
    weight: &mut [i16],
    d: [u16; GROUP],
    v: Visit,
    x: &[i16; MAX_WIDTH],
    error: &mut [i32; MAX_WIDTH],
    saturated: &mut u64,
) -> u32 {
    let mut flags = 0u32;
    // Products of two 16-bit operands and a draw below 2^15 stay in 32 bits: the wrapping operations never wrap, they
    // only spare the checks. The sum of errors alone wraps as the accumulator does.
    let (update_shift, l1_shift) = (u32::from(v.rule.update_shift), u32::from(v.rule.l1_shift));
    let update_mask = 1i32.wrapping_shl(update_shift).wrapping_sub(1);
    let l1_mask = 1i32.wrapping_shl(l1_shift).wrapping_sub(1);
    let [delta, owed, eta_delta] = [v.delta, v.owed, v.eta_delta].map(i32::from);
    let l1 = owed.wrapping_mul(i32::from(v.rule.k_l1));
    let mut clipped = 0u32;
    for (c, ((&i, weight), &d)) in index.iter().zip(weight).zip(&d).enumerate() {
        let i = usize::from(i) & INDEX_MASK;
        let w = i32::from(*weight);
        let d = i32::from(d);
        if SCATTER {
            error[i] = error[i].wrapping_add(w.wrapping_mul(delta));
        }
        let step = i32::from(x[i])
            .wrapping_mul(eta_delta)
            .wrapping_add(d & update_mask)
            .wrapping_shr(update_shift);
        let exact = w.wrapping_add(step);
        let u = exact.clamp(-32768, 32767);
        let towards_zero = if w < 0 { l1 } else { l1.wrapping_neg() };
        let reduced = u.wrapping_add(
            towards_zero
                .wrapping_add(d & l1_mask)
                .wrapping_shr(l1_shift),
        );
        let new = reduced.clamp(-32768, 32767);
        clipped = clipped.wrapping_add(u32::from(u != exact) + u32::from(new != reduced));
        *weight = new as i16;
        flags |= u32::from(w.wrapping_mul(new) <= 0).wrapping_shl(c as u32);
    }
    *saturated += u64::from(clipped);
    flags
}

impl Native {
    /// Goes on from `net` at training sample `step`; `rules` for each layer.
    pub fn new(net: Network, seed: u32, step: u32, rules: Vec<RuleConstants>) -> Self {
        let scratch = net
            .layers
            .iter()
            .map(|l| Scratch {
                h: [0; MAX_WIDTH],
                sum: vec![0; l.shape.n_out],
                error: [0; MAX_WIDTH],
                eta_delta: vec![0; l.shape.n_out],
            })
            .collect();
        let layers = net.layers.len();
        let classes = net.layers.last().map_or(0, |l| l.shape.n_out);
        Native {
            net,
            seed,
            step,
            rules,
            counters: Counters {
                rows: vec![0; layers],
                redrawn: vec![0; layers],
                ..Counters::default()
            },
            input: [0; MAX_WIDTH],
            scratch,
            exps: vec![0; classes],
            flags: Vec::new(),
        }
    }

    /// The present network.
    pub fn network(&self) -> &Network {
        &self.net
    }

    /// Training samples seen since the beginning.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Changes the constants of the rule, one for each layer.
    pub fn set_rules(&mut self, rules: Vec<RuleConstants>) {
        self.rules = rules;
    }

    /// The counters since they were last taken.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Goes on counting from `counters`.
    pub fn set_counters(&mut self, counters: Counters) {
        self.counters = counters;
    }

    /// Takes the counters and starts them anew.
    pub fn take_counters(&mut self) -> Counters {
        let layers = self.net.layers.len();
        std::mem::replace(
            &mut self.counters,
            Counters {
                rows: vec![0; layers],
                redrawn: vec![0; layers],
                ..Counters::default()
            },
        )
    }

    /// Sums of the output layer (22 fraction bits) for an image, one byte (`U0.8`) an input.
    pub fn forward(&mut self, image: &[u8]) -> &[i32] {
        for (x, &p) in self.input.iter_mut().zip(image) {
            *x = i16::from(p);
        }
        let last = self.net.layers.len() - 1;
        for l in 0..=last {
            let (below, here) = self.scratch.split_at_mut(l);
            let x = below.last().map_or(&self.input, |s| &s.h);
            let Scratch { h, sum, .. } = &mut here[0];
            forward_rows(&self.net.layers[l], x, sum);
            if l < last {
                let saturated = &mut self.counters.saturations.activation;
                for (h, &o) in h.iter_mut().zip(sum.iter()) {
                    *h = operand(o, saturated).max(0);
                }
            }
        }
        &self.scratch[last].sum
    }

    /// Class of an image: the first of the largest sums.
    pub fn classify(&mut self, image: &[u8]) -> usize {
        first_largest(self.forward(image))
    }

    /// Trains on one image and returns the class it had before.
    pub fn train(&mut self, image: &[u8], label: u8) -> usize {
        let class = first_largest(self.forward(image));
        self.counters.samples += 1;
        self.counters.correct += u64::from(class == usize::from(label));
        for l in (0..self.net.layers.len()).rev() {
            self.errors(l, usize::from(label));
            self.update(l);
            self.redraw(l);
        }
        self.step = self.step.wrapping_add(1);
        class
    }

    /// The vector pass of layer `l`: owed L1 by the last sample's error, this sample's error, and its product with
    /// the learning rate; clears the layer's error sums.
    fn errors(&mut self, l: usize, label: usize) {
        let layer = &mut self.net.layers[l];
        let Scratch {
            h,
            sum,
            error,
            eta_delta,
        } = &mut self.scratch[l];
        let count = &mut self.counters.saturations;
        let k = self.rules[l];
        for (o, &d) in layer.owed.iter_mut().zip(&layer.delta) {
            let before = (i32::from(*o) * OWED_KEEP + (1 << 14)) >> 15;
            *o = if d == 0 { before as i16 + 1 } else { 1 };
        }
        if l + 1 == self.rules.len() {
            count.delta += softmax::output_error(sum, label, &mut self.exps, &mut layer.delta);
        } else {
            for ((d, e), &h) in layer.delta.iter_mut().zip(error.iter_mut()).zip(h.iter()) {
                let v = operand(*e, &mut count.delta);
                *d = if h > 0 { v } else { 0 };
                *e = 0;
            }
        }
        let half = (1i32 << k.eta_shift) >> 1;
        for (s, &d) in eta_delta.iter_mut().zip(&layer.delta) {
            let v = (i32::from(d) * i32::from(k.k_eta) + half) >> k.eta_shift;
            *s = sat16(v, &mut count.eta_delta);
        }
    }

    /// The backward row pass of layer `l`: scatter of the errors, weight update, flags.
    fn update(&mut self, l: usize) {
        let layer = &mut self.net.layers[l];
        let slots = layer.shape.slots;
        let k = self.rules[l];
        let (below, here) = self.scratch.split_at_mut(l);
        // Layer 0 scatters nothing; its own error sums stand in and stay untouched.
        let Scratch {
            error: own_error,
            eta_delta,
            ..
        } = &mut here[0];
        let (x, error) = match below.last_mut() {
            Some(s) => (&s.h, &mut s.error),
            None => (&self.input, own_error),
        };
        self.flags.clear();
        for (row, &delta) in layer.delta.iter().enumerate() {
            if delta == 0 {
                continue;
            }
            self.counters.rows[l] += 1;
            let at = RowIndex {
                population: l as u16,
                row: row as u16,
                tag: UPDATE_TAG,
            };
            let key = row_key(self.seed, self.step, at);
            let v = Visit {
                delta,
                owed: layer.owed[row],
                eta_delta: eta_delta[row],
                rule: k,
            };
            let range = row * slots..(row + 1) * slots;
            let groups = layer.index[range.clone()].chunks(GROUP);
            for (g, (i, w)) in groups
                .zip(layer.weight[range].chunks_mut(GROUP))
                .enumerate()
            {
                let first = (g * GROUP) as u16;
                let d = draws(key, first);
                let saturated = &mut self.counters.saturations.weight;
                let mut flags = if l > 0 {
                    update_group::<true>(i, w, d, v, x, error, saturated)
                } else {
                    update_group::<false>(i, w, d, v, x, error, saturated)
                };
                if layer.shape.is_full() {
                    continue;
                }
                while flags != 0 {
                    let c = first + flags.trailing_zeros() as u16;
                    self.flags.push((row as u16, c));
                    flags &= flags - 1;
                }
            }
        }
    }

    /// The kernel's rewiring of layer `l`: every flagged connection that found room in the queue gets a new position
    /// in its row, a random sign and the magnitude `regrow`.
    fn redraw(&mut self, l: usize) {
        let layer = &mut self.net.layers[l];
        let slots = layer.shape.slots;
        let room = QUEUE_RECORDS as usize;
        self.counters.overflows += self.flags.len().saturating_sub(room) as u64;
        self.counters.redrawn[l] += self.flags.len().min(room) as u64;
        for &(row, c) in self.flags.iter().take(room) {
            let at = RowIndex {
                population: l as u16,
                row,
                tag: REDRAW_TAG,
            };
            let key = row_key(self.seed, self.step, at);
            let start = usize::from(row) * slots;
            let slot = start + usize::from(c);
            let held = &layer.index[start..start + slots];
            let (position, d) = free_position(key, c, layer.shape, held);
            layer.index[slot] = position;
            layer.weight[slot] = if d >> 31 == 1 {
                -self.rules[l].regrow
            } else {
                self.rules[l].regrow
            };
        }
    }
}

fn first_largest(sums: &[i32]) -> usize {
    let mut best = 0;
    for (i, &s) in sums.iter().enumerate() {
        if s > sums[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests;
