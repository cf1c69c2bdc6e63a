//! DEEP R on a PE: the SRAM image that holds network, passes and firmware, the packets of a sample, and the loop that
//! keeps a machine (model or RTL) fed. The same bits as [`crate::deepr`]'s native trainer.

use super::firmware::{self, MESSAGE_BUFFER, MESSAGE_STOP, MESSAGE_TRAIN, variable};
use super::layout::{Layout, Region};
use super::recipes::RuleConstants;
use crate::asm::AsmError;
use synfire_format::config::PeConfig;
use synfire_format::packet::{MULTICAST, NEAREST_NEIGHBOUR, Packet};
use synfire_golden::Engine;
use synfire_golden::pe::{LoadError, Outcome, Pe};
use thiserror::Error;

/// What training changes in one layer, row-major with `slots` entries a row, in global order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LayerState {
    pub index: Vec<u16>,
    /// `S1.14`.
    pub weight: Vec<i16>,
    /// Error of the last sample, `S5.10`; one a row.
    pub delta: Vec<i16>,
    /// Samples whose L1 step the row owes; one a row.
    pub owed: Vec<i16>,
}

/// A machine that takes packets and runs until it answers.
pub trait Machine {
    /// Why the machine cannot go on (a difference of model and RTL, a program that ended).
    type Error: std::error::Error + Send + Sync + 'static;

    /// Queues a packet at the port.
    fn push(&mut self, packet: Packet);

    /// Runs until the PE sends a message and returns it.
    ///
    /// # Errors
    /// The machine stopped, or cannot send any more.
    fn message(&mut self) -> Result<Packet, Self::Error>;
}

/// The PE's answer to one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The class with the largest sum, before training; of equal ones the first.
    pub class: u8,
    pub correct: bool,
    /// Connections redrawn.
    pub redrawn: u16,
}

/// Counters that the firmware reports when it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    pub saturations: u32,
    /// Bits of [`synfire_format::mmio`].
    pub faults: u32,
    /// Flag records that found no room.
    pub lost_flags: u32,
}

/// Why a state cannot be laid into an image.
#[derive(Debug, Error)]
pub enum ImageError {
    #[error("layer {layer}: {what} has {have} values, the layout has {want}")]
    Length {
        layer: usize,
        what: &'static str,
        have: usize,
        want: usize,
    },
    #[error(transparent)]
    Assembler(#[from] AsmError),
    #[error("the firmware has {have} bytes, its region {room}: raise FIRMWARE_BYTES")]
    Firmware { have: usize, room: u32 },
}

/// Index that pads a row to a multiple of four: no input has it, and its highest bit is clear as the kernel's comparison
/// of two halfwords at once needs it.
const NO_INDEX: i16 = i16::MAX;

fn put(image: &mut [u8], region: &Region, bytes: impl IntoIterator<Item = u8>) {
    let from = region.address as usize;
    for (at, b) in image[from..].iter_mut().zip(bytes) {
        *at = b;
    }
}

fn words(code: &[u32]) -> impl Iterator<Item = u8> + '_ {
    code.iter().flat_map(|w| w.to_le_bytes())
}

fn halves(values: &[i16]) -> impl Iterator<Item = u8> + '_ {
    values.iter().flat_map(|v| v.to_le_bytes())
}

/// The whole SRAM before the first sample.
///
/// # Errors
/// A state of other shapes than the layout's, or firmware that does not assemble or fit.
pub fn image(
    layout: &Layout,
    states: &[LayerState],
    rules: &[RuleConstants],
    seed: u32,
    step: u32,
) -> Result<Vec<u8>, ImageError> {
    let mut image = vec![0; layout.sram_bytes as usize];
    put(&mut image, &layout.boot, words(&firmware::boot(layout)?));
    let kernel = firmware::kernel(layout)?;
    if 4 * kernel.len() > layout.firmware.bytes as usize {
        return Err(ImageError::Firmware {
            have: 4 * kernel.len(),
            room: layout.firmware.bytes,
        });
    }
    put(&mut image, &layout.firmware, words(&kernel));
    let mut variables = vec![0u32; layout.variables.bytes as usize / 4];
    variables[variable::SEED as usize / 4] = seed;
    variables[variable::STEP as usize / 4] = step;
    variables[variable::TARGET as usize / 4] = layout.onehot.address;
    for (l, k) in rules.iter().enumerate() {
        variables[variable::regrow(l) as usize / 4] = k.regrow as u32;
    }
    put(&mut image, &layout.variables, words(&variables));
    for (which, recipe) in layout.recipes(rules).iter().enumerate() {
        let at = layout.recipe_address(which) as usize;
        for (i, w) in recipe.encode().iter().enumerate() {
            image[at + 8 * i..at + 8 * i + 8].copy_from_slice(&w.to_le_bytes());
        }
    }
    for (i, d) in layout.passes().iter().enumerate() {
        let at = layout.descriptors.address as usize + 64 * i;
        for (j, w) in d.encode().iter().enumerate() {
            image[at + 8 * j..at + 8 * j + 8].copy_from_slice(&w.to_le_bytes());
        }
    }
    for (l, ((shape, regions), state)) in layout
        .shapes
        .iter()
        .zip(&layout.layers)
        .zip(states)
        .enumerate()
    {
        let entries = shape.n_out * shape.slots;
        for (what, have, want) in [
            ("the index list", state.index.len(), entries),
            ("the weight list", state.weight.len(), entries),
            ("delta", state.delta.len(), shape.n_out),
            ("the samples owed", state.owed.len(), shape.n_out),
        ] {
            if have != want {
                return Err(ImageError::Length {
                    layer: l + 1,
                    what,
                    have,
                    want,
                });
            }
        }
        let stride = 4 * shape.stride_words();
        let padded = |values: &[i16], pad: i16| {
            let mut rows = Vec::with_capacity(2 * shape.n_out * stride);
            for row in values.chunks(shape.slots) {
                rows.extend(halves(row));
                rows.extend(halves(&vec![pad; stride - row.len()]));
            }
            rows
        };
        if let Some(index) = &regions.index {
            let index_values: Vec<i16> = state.index.iter().map(|&i| i as i16).collect();
            put(&mut image, index, padded(&index_values, NO_INDEX));
        }
        put(&mut image, &regions.weight, padded(&state.weight, 0));
        put(&mut image, &regions.delta, halves(&state.delta));
        put(&mut image, &regions.owed, halves(&state.owed));
    }
    Ok(image)
}

/// Reads the network back from an SRAM image.
pub fn states(layout: &Layout, sram: &[u8]) -> Vec<LayerState> {
    let half = |at: usize| i16::from_le_bytes([sram[at], sram[at + 1]]);
    let vector = |r: &Region| {
        (0..r.bytes as usize / 2)
            .map(|i| half(r.address as usize + 2 * i))
            .collect::<Vec<_>>()
    };
    layout
        .shapes
        .iter()
        .zip(&layout.layers)
        .map(|(shape, r)| {
            let places = (0..shape.n_out).flat_map(|row| {
                (0..shape.slots).map(move |c| 8 * shape.stride_words() * row + 2 * c)
            });
            LayerState {
                index: match &r.index {
                    Some(index) => places
                        .clone()
                        .map(|p| half(index.address as usize + p) as u16)
                        .collect(),
                    None => (0..shape.n_out)
                        .flat_map(|_| 0..shape.slots as u16)
                        .collect(),
                },
                weight: places
                    .map(|p| half(r.weight.address as usize + p))
                    .collect(),
                delta: vector(&r.delta),
                owed: vector(&r.owed),
            }
        })
        .collect()
}

/// The packets that carry one sample into input buffer `buffer` (0 or 1): two values a word, then its message.
pub fn sample_packets(
    layout: &Layout,
    buffer: usize,
    x: &[i16],
    label: u8,
    train: bool,
) -> impl Iterator<Item = Packet> {
    let address = layout.input[buffer].address;
    let values = x
        .chunks(2)
        .map(|pair| {
            let high = pair.get(1).map_or(0, |h| u32::from(*h as u16));
            high << 16 | u32::from(pair[0] as u16)
        })
        .collect::<Vec<_>>();
    let mut message = u32::from(label);
    if train {
        message |= MESSAGE_TRAIN;
    }
    if buffer == 1 {
        message |= MESSAGE_BUFFER;
    }
    values
        .into_iter()
        .enumerate()
        .map(move |(i, payload)| Packet {
            kind: NEAREST_NEIGHBOUR,
            key: address + 4 * i as u32,
            payload: Some(payload),
        })
        .chain([message_packet(message)])
}

fn message_packet(payload: u32) -> Packet {
    Packet {
        kind: MULTICAST,
        key: 0,
        payload: Some(payload),
    }
}

/// A PE with DEEP R's image loaded: feeds samples, one ahead of the one that the PE works on.
pub struct Session<'a, M> {
    pub machine: M,
    layout: &'a Layout,
    /// Samples sent, whose answers were not taken yet.
    pending: usize,
    sent: usize,
}

impl<'a, M: Machine> Session<'a, M> {
    /// `machine` has [`image`] loaded and starts at address 0.
    pub fn new(machine: M, layout: &'a Layout) -> Self {
        Session {
            machine,
            layout,
            pending: 0,
            sent: 0,
        }
    }

    /// Runs samples `(x, label)` through the PE and calls `each` with every answer in order.
    ///
    /// # Errors
    /// Those of the machine.
    pub fn run<'x>(
        &mut self,
        samples: impl IntoIterator<Item = (&'x [i16], u8)>,
        train: bool,
        mut each: impl FnMut(Answer),
    ) -> Result<(), M::Error> {
        for (x, label) in samples {
            if self.pending == 2 {
                each(self.answer()?);
            }
            for p in sample_packets(self.layout, self.sent % 2, x, label, train) {
                self.machine.push(p);
            }
            self.sent += 1;
            self.pending += 1;
        }
        while self.pending > 0 {
            each(self.answer()?);
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<Answer, M::Error> {
        let payload = self.machine.message()?.payload.unwrap_or(0);
        self.pending -= 1;
        Ok(Answer {
            class: payload as u8,
            correct: payload >> 8 & 1 == 1,
            redrawn: (payload >> 16) as u16,
        })
    }

    /// Changes constants and shifts of the layers' rules, between samples.
    pub fn set_rules(&mut self, rules: &[RuleConstants]) {
        debug_assert_eq!(self.pending, 0, "no sample is in the PE");
        for (l, k) in rules.iter().enumerate() {
            self.machine.push(Packet {
                kind: NEAREST_NEIGHBOUR,
                key: self.layout.variables.address + variable::regrow(l) as u32,
                payload: Some(k.regrow as u32),
            });
        }
        for (which, recipe) in self.layout.recipes(rules).iter().enumerate().skip(2) {
            let address = self.layout.recipe_address(which);
            for (i, word) in recipe.encode().iter().enumerate() {
                for (half, payload) in [*word as u32, (*word >> 32) as u32].into_iter().enumerate()
                {
                    self.machine.push(Packet {
                        kind: NEAREST_NEIGHBOUR,
                        key: address + 8 * i as u32 + 4 * half as u32,
                        payload: Some(payload),
                    });
                }
            }
        }
    }

    /// Ends the program and returns its counters.
    ///
    /// # Errors
    /// Those of the machine.
    pub fn stop(mut self) -> Result<(M, Counters), M::Error> {
        self.machine.push(message_packet(MESSAGE_STOP));
        let mut next = || Ok(self.machine.message()?.payload.unwrap_or(0));
        let counters = Counters {
            saturations: next()?,
            faults: next()?,
            lost_flags: next()?,
        };
        Ok((self.machine, counters))
    }
}

/// The instruction-level model of a PE as a machine.
pub struct ModelMachine {
    pub pe: Pe,
    sent: std::collections::VecDeque<Packet>,
}

/// The model cannot go on.
#[derive(Debug, Error)]
pub enum ModelError {
    #[error("the program waits for a message that nobody sends")]
    Blocked,
    #[error("the program ended with code {0:#x} while a message was waited for")]
    Ended(u32),
}

impl ModelMachine {
    /// A PE of `config` with `image` in its SRAM, about to start at address 0.
    ///
    /// # Errors
    /// The image is larger than the SRAM.
    pub fn new(config: &PeConfig, engine: Engine, image: &[u8]) -> Result<Self, LoadError> {
        let mut pe = Pe::new(config);
        pe.set_engine(engine);
        pe.load(0, image)?;
        Ok(ModelMachine {
            pe,
            sent: std::collections::VecDeque::new(),
        })
    }
}

impl Machine for ModelMachine {
    type Error = ModelError;

    fn push(&mut self, packet: Packet) {
        self.pe.push_packet(packet);
    }

    fn message(&mut self) -> Result<Packet, ModelError> {
        loop {
            if let Some(p) = self.sent.pop_front() {
                return Ok(p);
            }
            // Short runs, so that the PE is not far ahead of whoever feeds it.
            let outcome = self.pe.run(64);
            self.sent.extend(self.pe.take_sent());
            if self.sent.is_empty() {
                match outcome {
                    Outcome::Limit => {}
                    Outcome::Blocked => return Err(ModelError::Blocked),
                    Outcome::Halted(halt) => return Err(ModelError::Ended(halt.code())),
                }
            }
        }
    }
}
