//! The passes of DEEP R as descriptors and recipes in the layout's SRAM.

use super::layout::{
    LayerRegions, LayerShape, Layout, QUEUE_RECORDS, Region, SUM_SHIFT, UPDATE_TAG,
};
use super::recipes::{self, RuleConstants};
use synfire_format::pass::{DESCRIPTOR_BYTES, Descriptor, FlagTo, Rows, XKind};
use synfire_format::recipe::Recipe;

/// Forward and activation, then of each layer the error's vector pass and the backward row pass.
fn recipes_of(shapes: &[LayerShape], rules: &[RuleConstants]) -> Vec<Recipe> {
    let mut all = vec![recipes::forward(), recipes::activation()];
    for (l, (k, s)) in rules.iter().zip(shapes).enumerate() {
        all.push(if l + 1 == rules.len() {
            recipes::output_error(k)
        } else {
            recipes::hidden_error(k)
        });
        all.push(if s.is_full() {
            recipes::backward_full(k, l > 0)
        } else {
            recipes::backward(k, l > 0)
        });
    }
    all
}

/// 64-bit words of each recipe of [`Layout::recipes`].
pub(super) fn recipe_words(shapes: &[LayerShape]) -> Vec<u32> {
    let any = RuleConstants::default();
    recipes_of(shapes, &vec![any; shapes.len()])
        .iter()
        .map(|r| r.encode().len() as u32)
        .collect()
}

impl Layout {
    /// The recipes in the order they lie in SRAM, for one rule a layer.
    pub fn recipes(&self, rules: &[RuleConstants]) -> Vec<Recipe> {
        recipes_of(&self.shapes, rules)
    }

    /// All descriptors, in SRAM order: forward row and activation pass of each layer (the output layer has no
    /// activation pass), then error vector pass and backward row pass of each layer from the top.
    pub fn passes(&self) -> Vec<Descriptor> {
        let outputs = self.shapes.len();
        let recipe = |which: usize| (self.recipe_address(which) / 8) as u16;
        let rules = vec![RuleConstants::default(); outputs];
        let slots: Vec<u8> = (self.recipes(&rules).iter().map(|r| r.slots.len() as u8)).collect();
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
                x_kind: XKind::Vec16,
                planes: 1,
                reduce: true,
                slots: slots[0],
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
                    slots: slots[1],
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
                    slots: slots[error_recipe],
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
                    slots: slots[error_recipe],
                    recipe: recipe(error_recipe),
                    x_base: r.error.as_ref().map_or(0, Region::word),
                    ..vector
                };
                d.plane_base[3] = r.activation.as_ref().map_or(0, Region::word);
                d
            });
            all.push(Descriptor {
                x_kind: XKind::Vec16,
                planes: 1,
                plane_writes: 1,
                scatter: i > 0,
                scalars: 3,
                skip: true,
                flag_to: if r.queue.is_some() {
                    FlagTo::Queue
                } else {
                    FlagTo::None
                },
                slots: slots[error_recipe + 1],
                recipe: recipe(error_recipe + 1),
                plane_base: [r.weight.word(), 0, 0, 0],
                x_base: x_word(i),
                y_base: if i > 0 {
                    self.layers[i - 1].error.as_ref().map_or(0, Region::word)
                } else {
                    0
                },
                scalar_base: [r.delta.word(), r.owed.word(), r.eta_delta.word(), 0],
                queue_base: r.queue.as_ref().map_or(0, Region::word),
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
            rows: if r.index.is_some() {
                Rows::Slots
            } else {
                Rows::Dense
            },
            row_count: s.n_out as u16,
            entries: s.slots as u16,
            row_stride: s.stride_words() as u16,
            index_base: r.index.as_ref().map_or(0, Region::word),
            ..Descriptor::default()
        }
    }
}
