//! DEEP R: sparse rectified networks that rewire while they learn (Bellec, Kappel, Maass, Legenstein, ICLR 2018;
//! on SpiNNaker 2: Liu et al. 2018, 10.3389/fnins.2018.00840).
//!
//! [`native`] computes the arithmetic below as plain loops, [`recipes`], [`layout`] and [`firmware`] put the same on a
//! PE; the bits are equal. Layers count from 0; row r of layer l has a fixed number of slots, each with a distinct
//! presynaptic index and a weight that is its connection's magnitude and sign. There are no biases.
//!
//! # Formats
//! weight w `S1.14`; activation h and input x `S7.8` (a pixel byte p is p / 256); error delta `S5.10`; sums O 32 bit with
//! 22 and E 32 bit with 24 fraction bits; `eta_delta` and `owed` 16 bit. All shifts floor (arithmetic); sat16 clips to
//! 16 bits and counts; 32-bit sums wrap (and cannot, see the tests of the layout).
//!
//! # One training sample at step t (the number of training samples before it)
//! **Forward**, layers from 0:
//! 1. `O[r] = sum over slots of w * x[index]`, exact.
//! 2. Hidden layers: `h[r] = max(sat16((O[r] + 2^13) >> 14), 0)`. Of the output layer O itself is used; the class is the
//!    first of the largest.
//!
//! **Backward**, layers from the last to 0; of each:
//! 3. `owed[r] = (delta[r] == 0 ? (owed[r] * 32767 + 2^14) >> 15 : 0) + 1`, delta still that of the last training sample.
//!    The factor changes nothing up to 2^14 and takes the next sample away beyond: the count of a row that is never
//!    visited stops at 2^14 + 1 instead of saturating.
//! 4. Output layer: m the largest O, `e_i = exp((O_i - m) >> 7)` and `R = reciprocal(sum of e)` in `S16.15` by
//!    [`synfire_format::elementary`], `delta_i = sat16((((e_i >> 3) * (R >> 2) + 2^14) >> 15) + c)`, c = -1024 at the
//!    label, else 0.
//!    Hidden layers: `delta[r] = h[r] > 0 ? sat16((E[r] + 2^13) >> 14) : 0`; E becomes 0. (The read saturates and counts
//!    whether or not h is positive.)
//! 5. `eta_delta[r] = sat16((delta[r] * k_eta + 2^(eta_shift - 1)) >> eta_shift)`; k_eta is negative.
//! 6. Every row with delta != 0; of each slot c with x the layer's input at its index,
//!    d the low 16 bits of `draw(row_key(seed, t, l, r, UPDATE_TAG), c, 0)` and w the weight before:
//!    - not in layer 0: `E[index] += w * delta[r]` of the layer below
//!    - `u = sat16(w + ((x * eta_delta[r] + (d mod 2^update_shift)) >> update_shift))`
//!    - `n = w < 0 ? -owed[r] : owed[r]`; `w' = sat16(u + ((n * -k_l1 + (d mod 2^l1_shift)) >> l1_shift))`
//!    - the slot is flagged if `w * w' <= 0`
//! 7. Of the flagged slots in order of (row, slot) the first [`layout::QUEUE_RECORDS`] of the layer are redrawn: with
//!    `D = draw(row_key(seed, t, l, r, REDRAW_TAG), c, attempt)`, attempt = 0, 1, ..., the position is the first
//!    `D mod 2^ceil(log2 n_in)` that is below n_in and in no slot of the row (its own old one included); the new weight
//!    is `regrow`, negative if bit 31 of the accepted D is set.
//!
//! A *full* layer has as many slots a row as inputs: slot c is input c, no position is free, nothing is flagged or redrawn
//! in it, and its weights may change their sign. Its rows are dense passes without an index.
//!
//! The output layer's error uses O of this sample; scatter in 6 uses weights before their update; redraws of a layer
//! touch nothing that the layers below read at this sample, so they may run at the end.
//!
//! # Schedule
//! The four constants of a layer ([`recipes::RuleConstants`]) change between epochs: [`schedule::Hyper::rules`].
//! Samples of an epoch come in the order of [`train::order`].

pub mod checkpoint;
pub mod firmware;
pub mod float;
pub mod layout;
pub mod machine;
pub mod native;
pub mod network;
mod passes;
pub mod recipes;
pub mod rtl;
pub mod schedule;
pub mod softmax;
pub mod train;
