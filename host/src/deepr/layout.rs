//! Where DEEP R's network lies in a PE's SRAM: allocation by bank, pass descriptors, and the memory map.
//!
//! Four zones of a quarter of the SRAM (the banks of the `ecp5` configuration) keep the streams of a pass apart:
//! indices and weights (linear reads), presynaptic activations (gathers), row vectors (scalars, planes), accumulators
//! (scatter, reduce) with the firmware at the top. What does not fit its zone goes to the emptiest other one, which
//! costs cycles, never bits.

use super::recipes::{self, RuleConstants};
use synfire_format::pass::{DESCRIPTOR_BYTES, Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::Recipe;
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
    pub index: Region,
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
    pub queue: Region,
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
            layers.push(LayerRegions {
                index: zones.take(linear, format!("layer {l} indices"), entries)?,
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
                queue: zones.take(
                    vector,
                    format!("layer {l} flag queue"),
                    8 + 4 * QUEUE_RECORDS,
                )?,
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
                recipe_bytes(shapes.len(), 2 + 2 * shapes.len()),
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
        let mut n = 8
            + FIRMWARE_BYTES
            + VARIABLE_BYTES
            + 8
            + recipe_bytes(shapes.len(), 2 + 2 * shapes.len());
        n += DESCRIPTOR_BYTES * (4 * outputs as u32 - 1);
        n += 2 * pad(2 * shapes[0].n_in) + 2 * pad(2 * shapes[outputs - 1].n_out);
        for (i, s) in shapes.iter().enumerate() {
            n += 2 * pad(8 * s.n_out * s.stride_words());
            n += pad(4 * s.n_out) + 3 * pad(2 * s.n_out) + pad(8 + 4 * QUEUE_RECORDS as usize);
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
            all.extend(
                [
                    &l.index,
                    &l.weight,
                    &l.sum,
                    &l.delta,
                    &l.owed,
                    &l.eta_delta,
                    &l.queue,
                ]
                .map(Clone::clone),
            );
            all.extend(l.error.iter().chain(l.activation.iter()).cloned());
        }
        all.sort_by_key(|r| r.address);
        all
    }

    /// The recipes in the order they lie in SRAM, for one rule a layer: forward and activation, then of each layer the
    /// error's vector pass and the backward row pass.
    pub fn recipes(rules: &[RuleConstants]) -> Vec<Recipe> {
        let mut all = vec![recipes::forward(), recipes::activation()];
        for (l, k) in rules.iter().enumerate() {
            all.push(if l + 1 == rules.len() {
                recipes::output_error(k)
            } else {
                recipes::hidden_error(k)
            });
            all.push(recipes::backward(k, l > 0));
        }
        all
    }

    /// Byte address of recipe `which` of [`Layout::recipes`].
    pub fn recipe_address(&self, which: usize) -> u32 {
        self.recipes.address + recipe_bytes(self.shapes.len(), which)
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

    /// All descriptors, in SRAM order: forward row and activation pass of each layer (the output layer has no
    /// activation pass), then error vector pass and backward row pass of each layer from the top.
    pub fn passes(&self) -> Vec<Descriptor> {
        let outputs = self.shapes.len();
        let recipe = |which: usize| (self.recipe_address(which) / 8) as u16;
        let mut all = Vec::new();
        let x_word = |l: usize| match l {
            0 => self.input[0].word(),
            l => self.layers[l - 1]
                .activation
                .as_ref()
                .map_or(0, Region::word),
        };
        for (i, (s, r)) in self.shapes.iter().zip(&self.layers).enumerate() {
            all.push(Descriptor {
                rows: Rows::Slots,
                x_kind: XKind::Vec16,
                planes: 1,
                reduce: true,
                slots: recipe_slots(outputs, 0),
                recipe: recipe(0),
                plane_base: [r.weight.word(), 0, 0, 0],
                x_base: x_word(i),
                o_base: r.sum.word(),
                ..self.rows_of(s, r)
            });
            if let Some(h) = &r.activation {
                all.push(Descriptor {
                    x_kind: XKind::Acc32,
                    x_clear: true,
                    planes: 1,
                    plane_writes: 1,
                    vector: true,
                    x_shift: SUM_SHIFT,
                    slots: recipe_slots(outputs, 1),
                    recipe: recipe(1),
                    row_count: 1,
                    entries: s.n_out as u16,
                    plane_base: [h.word(), 0, 0, 0],
                    x_base: r.sum.word(),
                    ..Descriptor::default()
                });
            }
        }
        for (i, (s, r)) in self.shapes.iter().zip(&self.layers).enumerate().rev() {
            let output = i + 1 == outputs;
            let error_recipe = 2 + 2 * i;
            let vector = Descriptor {
                planes: 4,
                plane_writes: 0b0111,
                vector: true,
                row_count: 1,
                entries: s.n_out as u16,
                plane_base: [r.delta.word(), r.owed.word(), r.eta_delta.word(), 0],
                ..Descriptor::default()
            };
            all.push(if output {
                let mut d = Descriptor {
                    x_kind: XKind::Vec16,
                    scalars: 1,
                    slots: recipe_slots(outputs, error_recipe),
                    recipe: recipe(error_recipe),
                    x_base: self.exponential.word(),
                    scalar_base: [self.reciprocal.word(), 0, 0, 0],
                    ..vector
                };
                d.plane_base[3] = self.onehot.word();
                d
            } else {
                let mut d = Descriptor {
                    x_kind: XKind::Acc32,
                    x_clear: true,
                    x_shift: SUM_SHIFT,
                    slots: recipe_slots(outputs, error_recipe),
                    recipe: recipe(error_recipe),
                    x_base: r.error.as_ref().map_or(0, Region::word),
                    ..vector
                };
                d.plane_base[3] = r.activation.as_ref().map_or(0, Region::word);
                d
            });
            all.push(Descriptor {
                rows: Rows::Slots,
                x_kind: XKind::Vec16,
                planes: 1,
                plane_writes: 1,
                scatter: i > 0,
                scalars: 3,
                skip: true,
                flag_to: FlagTo::Queue,
                slots: recipe_slots(outputs, error_recipe + 1),
                recipe: recipe(error_recipe + 1),
                plane_base: [r.weight.word(), 0, 0, 0],
                x_base: x_word(i),
                y_base: if i > 0 {
                    self.layers[i - 1].error.as_ref().map_or(0, Region::word)
                } else {
                    0
                },
                scalar_base: [r.delta.word(), r.owed.word(), r.eta_delta.word(), 0],
                queue_base: r.queue.word(),
                queue_capacity: QUEUE_RECORDS as u16,
                population: i as u16,
                tag: UPDATE_TAG,
                ..self.rows_of(s, r)
            });
        }
        // Two chains: forward, and backward.
        let first_backward = 2 * outputs - 1;
        let base = self.descriptors.address / 8;
        let count = all.len();
        for (i, d) in all.iter_mut().enumerate() {
            if i + 1 != first_backward && i + 1 != count {
                d.next = (base + (i as u32 + 1) * DESCRIPTOR_BYTES / 8) as u16;
            }
        }
        all
    }

    fn rows_of(&self, s: &LayerShape, r: &LayerRegions) -> Descriptor {
        Descriptor {
            row_count: s.n_out as u16,
            entries: s.slots as u16,
            row_stride: s.stride_words() as u16,
            index_base: r.index.word(),
            ..Descriptor::default()
        }
    }
}

/// Slots of recipe `which` of [`Layout::recipes`] in a network of `layers` layers.
fn recipe_slots(layers: usize, which: usize) -> u8 {
    match which {
        0 => 1,
        1 => 2,
        w if w == 2 * layers => 5,
        _ => 6,
    }
}

/// Bytes of the first `count` recipes.
fn recipe_bytes(layers: usize, count: usize) -> u32 {
    (0..count)
        .map(|w| 8 * (1 + u32::from(recipe_slots(layers, w)).div_ceil(2)))
        .sum()
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
    fn recipe_slot_counts_are_those_of_the_recipes() {
        let k = RuleConstants {
            k_eta: -1,
            eta_shift: 0,
            update_shift: 13,
            k_l1: 1,
            l1_shift: 10,
        };
        for (w, r) in Layout::recipes(&[k; 3]).iter().enumerate() {
            assert_eq!(r.slots.len(), usize::from(recipe_slots(3, w)), "recipe {w}");
        }
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
