//! An epoch on a device, refereed by the native trainer.
//!
//! The device does the learning. The native trainer, a thousand times the link's speed, does the same beside it, and
//! every answer, the network at the end and the device's counters must be its own: a device that differs is found at
//! the sample where it does, and a checkpoint's figures are what they would be without a device.
//!
//! The run stands where the device was last read back: whatever goes wrong, a checkpoint taken then can be resumed.

use super::{Epoch, Progress, Run, Stream, TrainError};
use crate::data::Dataset;
use crate::deepr::firmware::MESSAGE_STOP;
use crate::deepr::layout::{Layout, LayoutError, Region};
use crate::deepr::machine::{self, Answer, Counters, ImageError, LayerState};
use crate::deepr::native::Native;
use crate::device::{Device, DeviceError, Feed, Streamed};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use synfire_format::packet::{MULTICAST, Packet};
use thiserror::Error;

/// Training samples after which the network is read back, so that no more are lost with the device.
pub const INTERVAL: u32 = 4096;

/// Why a device does not go on training.
#[derive(Debug, Error)]
pub enum OnDeviceError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(
        "{what}: the device does not compute the bits of this program; compare its format and build, and run \
         `synfire verify` with the same data"
    )]
    Differs { what: String },
}

/// Feeds the epoch's samples to device and native trainer alike.
struct Referee<'a> {
    native: &'a mut Native,
    stream: &'a mut Stream,
    train: &'a Dataset,
    /// Samples of the run: the next one, and the first that is not for this interval.
    next: u32,
    end: u32,
    epoch: u32,
    samples: u32,
    /// Place in its set of the last sample.
    index: usize,
    /// The native trainer's answers that the device's are due for.
    due: VecDeque<Answer>,
    /// The first sample that the device answered otherwise.
    different: Option<String>,
    progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    stopped: bool,
}

impl Feed for Referee<'_> {
    fn next(&mut self) -> Option<(&[u8], u8)> {
        let done = self.next - self.epoch * self.samples;
        if self.next >= self.end || self.different.is_some() {
            return None;
        }
        let at = Progress {
            epoch: self.epoch,
            done,
            total: self.samples,
        };
        if done.is_multiple_of(super::PROGRESS_EVERY) && (self.progress)(at).is_break() {
            self.stopped = true;
            self.end = self.next;
            return None;
        }
        self.index = self.stream.index(self.samples, self.next);
        let redrawn = |n: &Native| n.counters().redrawn.iter().sum::<u64>();
        let before = redrawn(self.native);
        let (pixels, label) = self.stream.sample(self.train, self.next);
        let class = self.native.train(pixels, label) as u8;
        self.due.push_back(Answer {
            class,
            correct: class == label,
            redrawn: (redrawn(self.native) - before) as u16,
        });
        self.next += 1;
        Some((pixels, label))
    }

    fn index(&self) -> usize {
        self.index
    }

    fn answer(&mut self, answer: Answer) {
        let due = self.due.pop_front();
        if due != Some(answer) && self.different.is_none() {
            let sample = self.next - self.due.len() as u32 - 1;
            self.different = Some(format!(
                "training sample {sample} was answered {answer:?}, the native trainer answers {due:?}"
            ));
        }
    }
}

impl Run {
    /// [`Run::epoch`] on a device, whose network is read back every [`INTERVAL`] samples and at the end. On an error
    /// the run stands where it was read back last.
    ///
    /// # Errors
    /// Data that does not fit, a device that is gone, or one whose bits differ.
    pub fn epoch_on(
        &mut self,
        device: &mut dyn Device,
        train: &Dataset,
        validation: &Dataset,
        streamed: &mut Streamed,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<&Epoch>, OnDeviceError> {
        self.check_epoch(train, validation)?;
        let mut agreed = self.clone();
        match self.train_on(device, train, streamed, progress, &mut agreed) {
            Ok(true) => Ok(self.end_of_epoch(validation)),
            Ok(false) => Ok(None),
            Err(e) => {
                *self = agreed;
                Err(e)
            }
        }
    }

    /// Whether the epoch is complete; `agreed` is the run at its last agreement with the device.
    fn train_on(
        &mut self,
        device: &mut dyn Device,
        train: &Dataset,
        streamed: &mut Streamed,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
        agreed: &mut Run,
    ) -> Result<bool, OnDeviceError> {
        let epoch = self.history.len() as u32;
        let network = self.native.network();
        let rules = self.config.hyper.rules(epoch, network.layers.len());
        let layout = Layout::new(&network.shapes(), device.identity().sram_bytes)?;
        let states: Vec<LayerState> = network.layers.iter().map(LayerState::from).collect();
        let step = self.native.step();
        let image = machine::image(&layout, &states, &rules, self.config.seed, step)?;
        device.load(&image)?;
        device.start()?;
        self.native.set_rules(rules);
        let before = self.native.counters().clone();
        let last = (epoch + 1) * self.samples;
        let mut next = step;
        let mut stopped = false;
        while next < last && !stopped {
            let mut referee = Referee {
                native: &mut self.native,
                stream: &mut self.stream,
                train,
                next,
                end: last.min(next.saturating_add(INTERVAL)),
                epoch,
                samples: self.samples,
                index: 0,
                due: VecDeque::new(),
                different: None,
                progress,
                stopped: false,
            };
            streamed.add(&device.samples(&layout, true, &mut referee)?);
            (next, stopped) = (referee.next, referee.stopped);
            if let Some(what) = referee.different {
                return Err(OnDeviceError::Differs { what });
            }
            self.compare(&layout, device)?;
            *agreed = self.clone();
        }
        let pe = stop(device)?;
        let native = self.native.counters();
        let saturations = native.saturations.total() - before.saturations.total();
        let lost = native.overflows - before.overflows;
        let same = pe.faults == 0
            && u64::from(pe.saturations) == saturations
            && u64::from(pe.lost_flags) == lost;
        if !same {
            let what = format!(
                "the PE counted {} saturations and {} lost flags with fault bits {:#x}, the native trainer {saturations} \
                 and {lost} without faults",
                pe.saturations, pe.lost_flags, pe.faults
            );
            return Err(OnDeviceError::Differs { what });
        }
        Ok(!stopped)
    }

    /// Reads the device's network back and holds it against the native trainer's.
    fn compare(&self, layout: &Layout, device: &mut dyn Device) -> Result<(), OnDeviceError> {
        let mut sram = vec![0; layout.sram_bytes as usize];
        let mut fetch = |r: &Region| -> Result<(), DeviceError> {
            let bytes = r.bytes.next_multiple_of(4) as usize;
            let from = r.address as usize;
            let read = device.read(r.address, bytes)?;
            sram[from..from + bytes].copy_from_slice(&read);
            Ok(())
        };
        for l in &layout.layers {
            for region in l.index.iter().chain([&l.weight, &l.delta, &l.owed]) {
                fetch(region)?;
            }
        }
        let read = machine::states(layout, &sram);
        for (l, (device, layer)) in read.iter().zip(&self.native.network().layers).enumerate() {
            let native = LayerState::from(layer);
            for (what, same) in [
                ("positions", device.index == native.index),
                ("weights", device.weight == native.weight),
                ("errors", device.delta == native.delta),
                ("samples owed", device.owed == native.owed),
            ] {
                if !same {
                    let step = self.native.step();
                    let what = format!(
                        "after {step} training samples the {what} of layer {} are not those of the native trainer",
                        l + 1
                    );
                    return Err(OnDeviceError::Differs { what });
                }
            }
        }
        Ok(())
    }
}

/// Ends the program and takes its counters.
fn stop(device: &mut dyn Device) -> Result<Counters, DeviceError> {
    device.send(&[Packet {
        kind: MULTICAST,
        key: 0,
        payload: Some(MESSAGE_STOP),
    }])?;
    let words: Vec<u32> = device
        .receive(3)?
        .iter()
        .map(|p| p.payload.unwrap_or(0))
        .collect();
    Ok(Counters {
        saturations: words[0],
        faults: words[1],
        lost_flags: words[2],
    })
}
