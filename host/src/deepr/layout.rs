//! Where DEEP R's network lies in a PE's SRAM: allocation by bank, pass descriptors, and the memory map.
//!
//! Four zones of a quarter of the SRAM (the banks of the `ecp5` configuration) keep the streams of a pass apart:
//! indices and weights (linear reads), presynaptic activations (gathers), row vectors (scalars, planes), accumulators
//! (scatter, reduce) with the firmware at the top. What does not fit its zone goes to the emptiest other one, which
//! costs cycles, never bits.

use super::passes::recipe_words;
use synfire_format::pass::DESCRIPTOR_BYTES;
use thiserror::Error;

/// One sparse layer: every row (postsynaptic neuron) has exactly `slots` connections out of `n_in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerShape {
    pub n_in: usize,
    pub n_out: usize,
    pub slots: usize,
}

impl LayerShape {
    /// Distance of rows in 64-bit words: entries padded to a multiple of four.
    pub fn stride_words(&self) -> usize {
        self.slots.div_ceil(4)
    }

    /// Every input is connected: slot c of a row is input c, and nothing is rewired.
    pub fn is_full(&self) -> bool {
        self.slots == self.n_in
    }
}

/// A named piece of SRAM.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Region {
    pub name: String,
    /// Byte address, a multiple of 8.
    pub address: u32,
    /// Bytes in use (allocated in multiples of 8).
    pub bytes: u32,
}

impl Region {
    /// Address in 64-bit words, as descriptors hold it.
    pub fn word(&self) -> u16 {
        (self.address / 8) as u16
    }
}

/// Why a network has no place in a PE.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LayoutError {
    #[error(
        "the network needs {needed} bytes of SRAM and the PE has {have}: {over} bytes too many; \
         take fewer slots a row, smaller layers, or a configuration with more SRAM"
    )]
    TooLarge { needed: u32, have: u32, over: u32 },
    #[error(
        "`{region}` needs {needed} bytes in one piece and the largest free piece has {free}: \
         take fewer slots a row or smaller layers"
    )]
    NoPiece {
        region: String,
        needed: u32,
        free: u32,
    },
    #[error("layer {layer}: {what}")]
    Shape { layer: usize, what: String },
}

/// Regions of one layer.
#[derive(Debug, Clone)]
pub struct LayerRegions {
    /// None where every row is full: there the index is the slot's number.
    pub index: Option<Region>,
    pub weight: Region,
    /// 32-bit sums of the forward pass.
    pub sum: Region,
    /// 32-bit errors from the layer above (none for the output layer).
    pub error: Option<Region>,
    /// Activation h (none for the output layer).
    pub activation: Option<Region>,
    pub delta: Region,
    /// Samples whose L1 step a row owes.
    pub owed: Region,
    pub eta_delta: Region,
    /// None where every row is full.
    pub queue: Option<Region>,
}

/// The whole map.
#[derive(Debug, Clone)]
pub struct Layout {
    pub shapes: Vec<LayerShape>,
    pub sram_bytes: u32,
    /// A jump to the firmware, at address 0.
    pub boot: Region,
    /// Two input buffers, 16 bits a value.
    pub input: [Region; 2],
    pub layers: Vec<LayerRegions>,
    /// Exponentials of the output layer, 12 fraction bits.
    pub exponential: Region,
    /// Reciprocal of their sum, 13 fraction bits (one scalar).
    pub reciprocal: Region,
    /// 0, or -1024 at the label.
    pub onehot: Region,
    pub recipes: Region,
    /// Forward descriptors, then backward descriptors.
    pub descriptors: Region,
    pub firmware: Region,
    /// Firmware's own words: see `firmware`.
    pub variables: Region,
}

/// Records a flag queue holds: dying connections of one layer at one sample. Of an overflow the lost flags are
/// counted and reported; such a weight lives on with its other sign. The native executor does the same.
pub const QUEUE_RECORDS: u32 = 62;
const QUEUE_BYTES: u32 = 8 + 4 * QUEUE_RECORDS;
/// Shift from 32-bit sums (22 or 24 fraction bits) to activations (8) and errors (10).
pub const SUM_SHIFT: u8 = 14;
/// Bytes set aside for the firmware.
pub const FIRMWARE_BYTES: u32 = 2048;
/// Bytes of the firmware's own variables.
pub const VARIABLE_BYTES: u32 = 64;

struct Zones {
    /// (next free address, end) of each zone.
    free: [(u32, u32); 4],
    needed: u32,
}

impl Zones {
    fn take(&mut self, zone: usize, name: String, bytes: u32) -> Result<Region, LayoutError> {
        let size = bytes.next_multiple_of(8);
        self.needed += size;
        let fits = |z: &usize, s: &Self| s.free[*z].1 - s.free[*z].0 >= size;
        let emptiest = (0..4)
            .max_by_key(|&z| self.free[z].1 - self.free[z].0)
            .expect("there are four zones");
        let Some(z) = [zone, emptiest].into_iter().find(|z| fits(z, self)) else {
            return Err(LayoutError::NoPiece {
                region: name,
                needed: size,
                free: self.free[emptiest].1 - self.free[emptiest].0,
            });
        };
        let address = self.free[z].0;
        self.free[z].0 += size;
        Ok(Region {
            name,
            address,
            bytes,
        })
    }
}

impl Layout {
    /// Places a network.
    ///
    /// # Errors
    /// Shapes the passes cannot hold, or what is over and by how much.
    pub fn new(shapes: &[LayerShape], sram_bytes: u32) -> Result<Layout, LayoutError> {
        for (i, s) in shapes.iter().enumerate() {
            let fail = |what: String| Err(LayoutError::Shape { layer: i + 1, what });
            if s.slots == 0 || s.slots > s.n_in || s.n_out == 0 {
                return fail(format!(
                    "{} slots a row of {} inputs, {} rows: a row has 1 to as many slots as inputs",
                    s.slots, s.n_in, s.n_out
                ));
            }
            if i > 0 && shapes[i - 1].n_out != s.n_in {
                return fail(format!(
                    "{} inputs, but the layer below has {} neurons",
                    s.n_in,
                    shapes[i - 1].n_out
                ));
            }
        }
        let needed = Self::bytes_needed(shapes);
        if needed > sram_bytes {
            return Err(LayoutError::TooLarge {
                needed,
                have: sram_bytes,
                over: needed - sram_bytes,
            });
        }
        let quarter = sram_bytes / 4;
        let firmware_at = sram_bytes - FIRMWARE_BYTES - VARIABLE_BYTES;
        let mut zones = Zones {
            free: std::array::from_fn(|z| {
                let end = if z == 3 {
                    firmware_at
                } else {
                    quarter * (z as u32 + 1)
                };
                (quarter * z as u32, end)
            }),
            needed: 0,
        };
        let boot = zones.take(0, "boot jump".into(), 8)?;
        let (linear, gather, vector, sums) = (0, 1, 2, 3);
        let mut layers = Vec::new();
        let outputs = shapes.len();
        let input_bytes = 2 * shapes[0].n_in as u32;
        let input = [
            zones.take(gather, "input buffer 0".into(), input_bytes)?,
            zones.take(gather, "input buffer 1".into(), input_bytes)?,
        ];
        for (i, s) in shapes.iter().enumerate() {
            let l = i + 1;
            let rows = s.n_out as u32;
            let entries = rows * 8 * s.stride_words() as u32;
            let hidden = l < outputs;
            let sparse = !s.is_full();
            layers.push(LayerRegions {
                index: sparse
                    .then(|| zones.take(linear, format!("layer {l} indices"), entries))
                    .transpose()?,
                weight: zones.take(linear, format!("layer {l} weights"), entries)?,
                sum: zones.take(sums, format!("layer {l} sums"), 4 * rows)?,
                error: hidden
                    .then(|| zones.take(sums, format!("layer {l} errors, 32 bit"), 4 * rows))
                    .transpose()?,
                activation: hidden
                    .then(|| zones.take(gather, format!("layer {l} activations"), 2 * rows))
                    .transpose()?,
                delta: zones.take(vector, format!("layer {l} delta"), 2 * rows)?,
                owed: zones.take(vector, format!("layer {l} samples owed"), 2 * rows)?,
                eta_delta: zones.take(vector, format!("layer {l} delta x rate"), 2 * rows)?,
                queue: sparse
                    .then(|| zones.take(vector, format!("layer {l} flag queue"), QUEUE_BYTES))
                    .transpose()?,
            });
        }
        let classes = 2 * shapes[outputs - 1].n_out as u32;
        Ok(Layout {
            shapes: shapes.to_vec(),
            sram_bytes,
            boot,
            input,
            layers,
            exponential: zones.take(gather, "exponentials".into(), classes)?,
            reciprocal: zones.take(vector, "reciprocal".into(), 8)?,
            onehot: zones.take(vector, "one-hot target".into(), classes)?,
            recipes: zones.take(
                vector,
                "recipes".into(),
                recipe_bytes(shapes, 2 + 2 * shapes.len()),
            )?,
            descriptors: zones.take(
                vector,
                "pass descriptors".into(),
                DESCRIPTOR_BYTES * (4 * outputs as u32 - 1),
            )?,
            firmware: Region {
                name: "firmware".into(),
                address: firmware_at,
                bytes: FIRMWARE_BYTES,
            },
            variables: Region {
                name: "firmware variables".into(),
                address: firmware_at + FIRMWARE_BYTES,
                bytes: VARIABLE_BYTES,
            },
        })
    }

    /// SRAM bytes that a network of these shapes needs, everything counted.
    pub fn bytes_needed(shapes: &[LayerShape]) -> u32 {
        let pad = |b: usize| b.next_multiple_of(8) as u32;
        let outputs = shapes.len();
        let mut n =
            8 + FIRMWARE_BYTES + VARIABLE_BYTES + 8 + recipe_bytes(shapes, 2 + 2 * shapes.len());
        n += DESCRIPTOR_BYTES * (4 * outputs as u32 - 1);
        n += 2 * pad(2 * shapes[0].n_in) + 2 * pad(2 * shapes[outputs - 1].n_out);
        for (i, s) in shapes.iter().enumerate() {
            let entries = pad(8 * s.n_out * s.stride_words());
            n += entries + pad(4 * s.n_out) + 3 * pad(2 * s.n_out);
            if !s.is_full() {
                n += entries + pad(QUEUE_BYTES as usize);
            }
            if i + 1 < outputs {
                n += pad(4 * s.n_out) + pad(2 * s.n_out);
            }
        }
        n
    }

    /// First address that belongs to the core alone.
    pub fn private_base(&self) -> u32 {
        self.firmware.address
    }

    /// Every region, by address.
    pub fn map(&self) -> Vec<Region> {
        let mut all = vec![
            self.boot.clone(),
            self.input[0].clone(),
            self.input[1].clone(),
            self.exponential.clone(),
            self.reciprocal.clone(),
            self.onehot.clone(),
            self.recipes.clone(),
            self.descriptors.clone(),
            self.firmware.clone(),
            self.variables.clone(),
        ];
        for l in &self.layers {
            all.extend([&l.weight, &l.sum, &l.delta, &l.owed, &l.eta_delta].map(Clone::clone));
            let optional = [&l.index, &l.error, &l.activation, &l.queue];
            all.extend(optional.into_iter().flatten().cloned());
        }
        all.sort_by_key(|r| r.address);
        all
    }

    /// Byte address of recipe `which` of [`Layout::recipes`].
    pub fn recipe_address(&self, which: usize) -> u32 {
        self.recipes.address + recipe_bytes(&self.shapes, which)
    }

    /// Byte address of the first forward descriptor for input buffer 0 (its `x_base` field names the buffer).
    pub fn forward_chain(&self) -> u32 {
        self.descriptors.address
    }

    /// Byte address of the first backward descriptor.
    pub fn backward_chain(&self) -> u32 {
        self.descriptors.address + DESCRIPTOR_BYTES * (2 * self.shapes.len() as u32 - 1)
    }

    /// Byte addresses of the two `x_base` fields that name the input buffer: of the first forward and the last
    /// backward descriptor.
    pub fn input_fields(&self) -> [u32; 2] {
        let last = self.descriptors.address + self.descriptors.bytes - DESCRIPTOR_BYTES;
        [self.forward_chain() + 26, last + 26]
    }
}

/// Bytes of the first `count` recipes.
fn recipe_bytes(shapes: &[LayerShape], count: usize) -> u32 {
    8 * recipe_words(shapes).iter().take(count).sum::<u32>()
}
/// Random tag of the weight update's stochastic rounding.
pub const UPDATE_TAG: u16 = 0;
/// Random tag of redraws.
pub const REDRAW_TAG: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn lenet() -> Vec<LayerShape> {
        [(784, 300, 8), (300, 100, 8), (100, 10, 24)]
            .map(|(n_in, n_out, slots)| LayerShape { n_in, n_out, slots })
            .to_vec()
    }

    #[test]
    fn the_300_100_network_needs_less_than_half_of_64_kb_and_regions_do_not_overlap() {
        let l = Layout::new(&lenet(), 64 << 10).unwrap();
        let map = l.map();
        for pair in map.windows(2) {
            assert!(
                pair[0].address + pair[0].bytes <= pair[1].address,
                "{pair:?}"
            );
        }
        let used: u32 = map.iter().map(|r| r.bytes.next_multiple_of(8)).sum();
        assert_eq!(used, Layout::bytes_needed(&lenet()));
        assert!(used <= 32 << 10, "{used} bytes");
    }

    #[test]
    fn a_network_too_large_is_refused_with_what_is_over() {
        let mut shapes = lenet();
        shapes[0].slots = 64;
        let text = Layout::new(&shapes, 64 << 10).unwrap_err().to_string();
        assert!(
            text.starts_with("the network needs 9") && text.contains("bytes too many"),
            "{text}"
        );
        shapes[0].slots = 0;
        assert!(
            Layout::new(&shapes, 64 << 10)
                .unwrap_err()
                .to_string()
                .starts_with("layer 1: 0 slots a row of 784 inputs")
        );
    }
}
