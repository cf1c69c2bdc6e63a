//! The sparse network that DEEP R trains: shapes, connections, and the state that outlives a sample.

use super::layout::LayerShape;
use synfire_format::random::{RowIndex, draw, row_key};
use thiserror::Error;

/// Widest layer that the native trainer holds, inputs and outputs alike (gather buffers have a fixed power-of-two
/// length, so that an index needs no bounds check; a PE of 64 KB holds no more).
pub const MAX_WIDTH: usize = 1024;
/// Random tag of the initial positions and weights (`layout::UPDATE_TAG` and `layout::REDRAW_TAG` are 0 and 1).
pub const INIT_TAG: u16 = 2;
/// Random tag of the order of samples within an epoch.
pub const SHUFFLE_TAG: u16 = 3;

/// Why a list of layers is not a network.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NetworkError {
    #[error("the network has no layers: name at least one, e.g. 64-10")]
    NoLayers,
    #[error(
        "layer {layer} asks for {width} inputs or outputs, a layer has 1 to {MAX_WIDTH}: make it narrower"
    )]
    Width { layer: usize, width: usize },
    #[error(
        "layer {layer} asks for {slots} slots a row of {n_in} inputs, 1 to {n_in} are possible"
    )]
    Slots {
        layer: usize,
        slots: usize,
        n_in: usize,
    },
    #[error(
        "layer {layer} has {n_in} inputs, but the layer below it has {below} outputs: make them equal"
    )]
    Joint {
        layer: usize,
        n_in: usize,
        below: usize,
    },
    #[error("{widths} widths need {} slot counts, {slots} are given", .widths.saturating_sub(1))]
    Lists { widths: usize, slots: usize },
}

/// One layer: `n_out` rows of `slots` connections each; slot c of row r is at `r * slots + c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub shape: LayerShape,
    /// Presynaptic neuron of each slot; no two equal within a row.
    pub index: Vec<u16>,
    /// Weight `S1.14` of each slot; its sign is the connection's sign.
    pub weight: Vec<i16>,
    /// Error `S5.10` of each row at the last training sample; 0 means that the row was not visited.
    pub delta: Vec<i16>,
    /// Samples whose L1 step each row owed at the last sample, itself counted: those since its last visit before, at most
    /// 2^14 + 1.
    pub owed: Vec<i16>,
}

/// Layers from the input to the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub layers: Vec<Layer>,
}

/// Shapes of a chain of layers: `widths` 784, 300, 100, 10 with `slots` 8, 8, 24 make three.
///
/// # Errors
/// Where a shape is impossible, see [`NetworkError`].
pub fn shapes(widths: &[usize], slots: &[usize]) -> Result<Vec<LayerShape>, NetworkError> {
    if widths.len() != slots.len() + 1 {
        return Err(NetworkError::Lists {
            widths: widths.len(),
            slots: slots.len(),
        });
    }
    let shapes: Vec<LayerShape> = widths
        .windows(2)
        .zip(slots)
        .map(|(w, &slots)| LayerShape {
            n_in: w[0],
            n_out: w[1],
            slots,
        })
        .collect();
    check(&shapes)?;
    Ok(shapes)
}

fn check(shapes: &[LayerShape]) -> Result<(), NetworkError> {
    if shapes.is_empty() {
        return Err(NetworkError::NoLayers);
    }
    for (i, s) in shapes.iter().enumerate() {
        let layer = i + 1;
        for width in [s.n_in, s.n_out] {
            if !(1..=MAX_WIDTH).contains(&width) {
                return Err(NetworkError::Width { layer, width });
            }
        }
        if !(1..=s.n_in).contains(&s.slots) {
            return Err(NetworkError::Slots {
                layer,
                slots: s.slots,
                n_in: s.n_in,
            });
        }
        if i > 0 && shapes[i - 1].n_out != s.n_in {
            return Err(NetworkError::Joint {
                layer,
                n_in: s.n_in,
                below: shapes[i - 1].n_out,
            });
        }
    }
    Ok(())
}

/// Draws a position for slot `c` that the row does not hold yet: the low bits of
/// `draw(key, c, attempt)` for attempt = 0, 1, ... until they name an input below `n_in` that no slot of `row` has.
/// Returns the position and the accepted draw (its bit 31 becomes the sign: set is negative).
///
/// In a full row (`slots` = `n_in`) slot c is position c, and the first draw gives the sign.
/// Otherwise `row` must hold fewer distinct positions than `n_in`, or no position is left to accept.
pub(super) fn free_position(key: u64, c: u16, shape: LayerShape, row: &[u16]) -> (u16, u32) {
    let n_in = shape.n_in;
    if shape.is_full() {
        return (c, draw(key, c, 0));
    }
    let mask = n_in.next_power_of_two() as u32 - 1;
    let mut attempt = 0;
    loop {
        let d = draw(key, c, attempt);
        let candidate = d & mask;
        if (candidate as usize) < n_in && !row.contains(&(candidate as u16)) {
            return (candidate as u16, d);
        }
        attempt = attempt.wrapping_add(1);
    }
}

impl Network {
    /// A fresh network. Slot c of a row takes a free position (rejection as in rewiring, over the slots before it) and
    /// a weight uniform in magnitude over (0, g sqrt(6 / slots)], at most 1.99, with g = `gain_percent` / 100 and a
    /// random sign: the variance of the usual initialisation of rectified layers at g = 1, in integer arithmetic.
    ///
    /// # Errors
    /// Where a shape is impossible, see [`NetworkError`].
    pub fn new(shapes: &[LayerShape], seed: u32, gain_percent: u32) -> Result<Self, NetworkError> {
        check(shapes)?;
        let layers = shapes
            .iter()
            .enumerate()
            .map(|(l, &shape)| Layer::new(shape, l as u16, seed, gain_percent))
            .collect();
        Ok(Network { layers })
    }

    /// Shapes from the input to the output.
    pub fn shapes(&self) -> Vec<LayerShape> {
        self.layers.iter().map(|l| l.shape).collect()
    }

    /// Connections, all of them trained parameters (there are no others).
    pub fn connections(&self) -> usize {
        self.layers.iter().map(|l| l.weight.len()).sum()
    }

    /// Connections over the weights of the dense network.
    pub fn connectivity(&self) -> f64 {
        let dense: usize = self
            .layers
            .iter()
            .map(|l| l.shape.n_in * l.shape.n_out)
            .sum();
        self.connections() as f64 / dense as f64
    }
}

impl Layer {
    fn new(shape: LayerShape, population: u16, seed: u32, gain_percent: u32) -> Self {
        // (g * 2^14)^2 * 6 / slots, at most (1.99 * 2^14)^2.
        let g = u64::from(gain_percent);
        let square = g * g * 6 * (1 << 28) / (10_000 * shape.slots as u64);
        let limit = square.isqrt().clamp(1, 32_600) as u32;
        let mut index = Vec::with_capacity(shape.n_out * shape.slots);
        let mut weight = Vec::with_capacity(shape.n_out * shape.slots);
        for row in 0..shape.n_out {
            let start = index.len();
            let at = RowIndex {
                population,
                row: row as u16,
                tag: INIT_TAG,
            };
            let key = row_key(seed, 0, at);
            for c in 0..shape.slots as u16 {
                let (position, d) = free_position(key, c, shape, &index[start..]);
                index.push(position);
                // Bits 30..15 are not those of the position for layers of up to 32768 inputs.
                let magnitude = (((d >> 15 & 0xffff) * limit) >> 16) as i16 + 1;
                weight.push(if d >> 31 == 1 { -magnitude } else { magnitude });
            }
        }
        Layer {
            shape,
            index,
            weight,
            delta: vec![0; shape.n_out],
            owed: vec![0; shape.n_out],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_network_has_distinct_positions_in_range_and_both_signs() {
        let s = shapes(&[784, 300, 100, 10], &[8, 8, 24]).unwrap();
        let net = Network::new(&s, 1, 100).unwrap();
        assert_eq!(net.connections(), 3440);
        for l in &net.layers {
            for row in l.index.chunks(l.shape.slots) {
                let mut sorted = row.to_vec();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len(), l.shape.slots);
                assert!(row.iter().all(|&i| usize::from(i) < l.shape.n_in));
            }
            assert!(l.weight.iter().all(|&w| w != 0));
            let negative = l.weight.iter().filter(|&&w| w < 0).count();
            let n = l.weight.len();
            assert!((n / 3..2 * n / 3).contains(&negative), "{negative} of {n}");
        }
        assert_ne!(net, Network::new(&s, 2, 100).unwrap());
        assert_eq!(net, Network::new(&s, 1, 100).unwrap());
    }

    #[test]
    fn impossible_shapes_are_refused_with_a_sentence() {
        let text = |w: &[usize], s: &[usize]| shapes(w, s).unwrap_err().to_string();
        assert_eq!(
            text(&[784, 10], &[785]),
            "layer 1 asks for 785 slots a row of 784 inputs, 1 to 784 are possible"
        );
        assert_eq!(
            text(&[2000, 10], &[8]),
            "layer 1 asks for 2000 inputs or outputs, a layer has 1 to 1024: make it narrower"
        );
        assert_eq!(
            text(&[64, 32, 10], &[8]),
            "3 widths need 2 slot counts, 1 are given"
        );
        assert_eq!(
            text(&[64], &[]),
            "the network has no layers: name at least one, e.g. 64-10"
        );
    }
}
