//! A training run: configuration, order of samples, epochs, evaluation, figures.

use super::checkpoint::Checkpoint;
use super::machine::LayerState;
use super::native::{Counters, Native};
use super::network::{Layer, Network, NetworkError, SHUFFLE_TAG, shapes};
use super::schedule::Hyper;
use crate::data::Dataset;
use crate::data::warp::Warp;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use synfire_format::random::{RowIndex, draw, row_key};
use thiserror::Error;

/// Samples between two calls of the progress function.
const PROGRESS_EVERY: u32 = 256;

/// Everything that decides a run's bits, the data apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Neurons a layer, inputs first.
    pub widths: Vec<usize>,
    /// Connections a row of each layer but the first.
    pub slots: Vec<usize>,
    pub seed: u32,
    pub hyper: Hyper,
}

impl Config {
    /// The run of the embedded 8 x 8 digits: 64-64-32-10 with 8, 8 and 16 slots a row.
    pub fn digits(seed: u32) -> Self {
        Config {
            widths: vec![64, 64, 32, 10],
            slots: vec![8, 8, 16],
            seed,
            hyper: Hyper::digits(),
        }
    }

    /// The run of MNIST: 784-300-100-10, at most 1.30 % of the dense network's weights.
    pub fn mnist(seed: u32) -> Self {
        Config {
            widths: vec![784, 300, 100, 10],
            slots: super::schedule::MNIST_SLOTS.to_vec(),
            seed,
            hyper: Hyper::mnist(),
        }
    }
}

/// Why a run cannot start or go on.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TrainError {
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("{what}: correct the settings")]
    Settings { what: String },
    #[error(
        "the images have {have} pixels and the network has {want} inputs: use a network of {have} inputs or other images"
    )]
    Inputs { have: usize, want: usize },
    #[error(
        "the data has {have} classes and the network has {want} outputs: use a network of {have} outputs"
    )]
    Classes { have: usize, want: usize },
    #[error("there are no training images: name data with at least one")]
    NoSamples,
    #[error(
        "the run was begun with {want} training images and {have} are given: resume with the same data"
    )]
    OtherData { have: usize, want: usize },
    #[error(
        "a run has 1 to {max} samples in all, {epochs} epochs of {samples} are more: take fewer epochs"
    )]
    TooLong {
        epochs: u32,
        samples: usize,
        max: u32,
    },
}

/// Right answers of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub correct: u64,
    pub total: u64,
}

impl Score {
    /// 0..1; 0 of an empty set.
    pub fn accuracy(&self) -> f64 {
        if self.total == 0 {
            0.0
        } else {
            self.correct as f64 / self.total as f64
        }
    }
}

/// Figures of one epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// 0 is the first.
    pub epoch: u32,
    pub validation: Score,
    /// Counters of the epoch's training samples; `correct` is before each update.
    pub training: Counters,
}

/// What the progress function learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub epoch: u32,
    /// Samples of this epoch done.
    pub done: u32,
    pub total: u32,
}

/// Order of an epoch's samples: the permutation of 0 .. n by Fisher and Yates, from the top, with
/// `j = draw(row_key(seed, epoch, 0, 0, SHUFFLE_TAG), i low half, i high half) * (i + 1) >> 32`.
pub fn order(seed: u32, epoch: u32, n: u32) -> Vec<u32> {
    let key = row_key(
        seed,
        epoch,
        RowIndex {
            population: 0,
            row: 0,
            tag: SHUFFLE_TAG,
        },
    );
    let mut order: Vec<u32> = (0..n).collect();
    for i in (1..n).rev() {
        let d = draw(key, i as u16, (i >> 16) as u16);
        let j = (u64::from(d) * (u64::from(i) + 1)) >> 32;
        order.swap(i as usize, j as usize);
    }
    order
}

/// The training samples of a run in their order: what the native trainer, the PE model and the RTL are fed.
#[derive(Debug, Clone)]
pub struct Stream {
    seed: u32,
    warp: Warp,
    epoch: u32,
    order: Vec<u32>,
    pixels: Vec<u8>,
}

impl Stream {
    /// The stream of a configuration.
    pub fn new(config: &Config) -> Self {
        Stream {
            seed: config.seed,
            warp: config.hyper.warp,
            epoch: 0,
            order: Vec::new(),
            pixels: Vec::new(),
        }
    }

    /// Place in its set, of `n` images, of training sample `step`.
    fn index(&mut self, n: u32, step: u32) -> usize {
        let epoch = step / n;
        if self.order.len() != n as usize || self.epoch != epoch {
            self.order = order(self.seed, epoch, n);
            self.epoch = epoch;
        }
        self.order[(step % n) as usize] as usize
    }

    /// Pixels and label of training sample `step` (counted from the beginning of the run).
    ///
    /// # Panics
    /// Where `train` is empty.
    pub fn sample<'a>(&'a mut self, train: &'a Dataset, step: u32) -> (&'a [u8], u8) {
        let i = self.index(train.len() as u32, step);
        let image = train.image(i);
        if self.warp.is_none() {
            return (image, train.label(i));
        }
        self.pixels.resize(image.len(), 0);
        let size = (train.height, train.width);
        self.warp
            .apply(self.seed, step, image, size, &mut self.pixels);
        (&self.pixels, train.label(i))
    }
}

/// A run in progress. Its bits are a function of configuration, training images and the number of samples done.
#[derive(Debug, Clone)]
pub struct Run {
    config: Config,
    native: Native,
    stream: Stream,
    /// Training images of an epoch.
    samples: u32,
    history: Vec<Epoch>,
}

impl Run {
    /// Begins a run over `samples` training images.
    ///
    /// # Errors
    /// An impossible network, or more samples than a run has.
    pub fn new(config: Config, samples: usize) -> Result<Self, TrainError> {
        if let Some(what) = config.hyper.fault() {
            return Err(TrainError::Settings { what });
        }
        let shapes = shapes(&config.widths, &config.slots)?;
        let net = Network::new(&shapes, config.seed, config.hyper.gain_percent)?;
        Self::at(config, net, samples, 0, Vec::new(), None)
    }

    fn at(
        config: Config,
        net: Network,
        samples: usize,
        step: u32,
        history: Vec<Epoch>,
        counters: Option<Counters>,
    ) -> Result<Self, TrainError> {
        if samples == 0 {
            return Err(TrainError::NoSamples);
        }
        let epochs = config.hyper.epochs;
        let total = samples as u64 * u64::from(epochs);
        if total > u64::from(u32::MAX) {
            return Err(TrainError::TooLong {
                epochs,
                samples,
                max: u32::MAX,
            });
        }
        let samples = samples as u32;
        let rules = config.hyper.rules(step / samples, net.layers.len());
        let mut native = Native::new(net, config.seed, step, rules);
        if let Some(counters) = counters {
            native.set_counters(counters);
        }
        Ok(Run {
            stream: Stream::new(&config),
            config,
            native,
            samples,
            history,
        })
    }

    /// Goes on where a checkpoint was taken, over the same training images.
    ///
    /// # Errors
    /// Another number of training images than the run was begun with.
    pub fn resume(checkpoint: Checkpoint, samples: usize) -> Result<Self, TrainError> {
        let want = checkpoint.samples as usize;
        if samples != want {
            return Err(TrainError::OtherData {
                have: samples,
                want,
            });
        }
        Self::at(
            checkpoint.config,
            checkpoint.network,
            samples,
            checkpoint.step,
            checkpoint.history,
            Some(checkpoint.counters),
        )
    }

    /// The state as a checkpoint holds it.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            config: self.config.clone(),
            network: self.native.network().clone(),
            samples: self.samples,
            step: self.native.step(),
            history: self.history.clone(),
            counters: self.native.counters().clone(),
        }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn network(&self) -> &Network {
        self.native.network()
    }

    /// The executor, e.g. to compare its state with a machine's after each sample.
    pub fn native_mut(&mut self) -> &mut Native {
        &mut self.native
    }

    /// Figures of the epochs that are complete.
    pub fn history(&self) -> &[Epoch] {
        &self.history
    }

    /// Whether every epoch is done.
    pub fn is_done(&self) -> bool {
        self.history.len() >= self.config.hyper.epochs as usize
    }

    fn check(&self, set: &Dataset) -> Result<(), TrainError> {
        let want = self.config.widths[0];
        if set.inputs() != want {
            return Err(TrainError::Inputs {
                have: set.inputs(),
                want,
            });
        }
        let want = *self.config.widths.last().unwrap_or(&0);
        if set.classes != want {
            return Err(TrainError::Classes {
                have: set.classes,
                want,
            });
        }
        Ok(())
    }

    /// Trains to the end of the present epoch and evaluates. `progress` is called every few hundred samples; when it
    /// breaks, the run stops where it is and returns `None`: a checkpoint taken then resumes to the same bits.
    ///
    /// # Errors
    /// Data that does not fit the network or the run.
    pub fn epoch(
        &mut self,
        train: &Dataset,
        validation: &Dataset,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<&Epoch>, TrainError> {
        self.check_epoch(train, validation)?;
        let epoch = self.history.len() as u32;
        // A run stopped between the last sample and the evaluation has done all of this epoch.
        let first = self.native.step() - epoch * self.samples;
        let layers = self.config.slots.len();
        self.native
            .set_rules(self.config.hyper.rules(epoch, layers));
        for done in first..self.samples {
            let at = Progress {
                epoch,
                done,
                total: self.samples,
            };
            if done.is_multiple_of(PROGRESS_EVERY) && progress(at).is_break() {
                return Ok(None);
            }
            let (image, label) = self.stream.sample(train, epoch * self.samples + done);
            self.native.train(image, label);
        }
        Ok(self.end_of_epoch(validation))
    }

    /// Refuses data that does not fit the network or the run.
    fn check_epoch(&self, train: &Dataset, validation: &Dataset) -> Result<(), TrainError> {
        self.check(train)?;
        self.check(validation)?;
        if train.len() != self.samples as usize {
            return Err(TrainError::OtherData {
                have: train.len(),
                want: self.samples as usize,
            });
        }
        Ok(())
    }

    /// Evaluates after an epoch's last sample and enters its figures.
    fn end_of_epoch(&mut self, validation: &Dataset) -> Option<&Epoch> {
        let epoch = self.history.len() as u32;
        let validation = self.score(validation);
        let training = self.native.take_counters();
        self.history.push(Epoch {
            epoch,
            validation,
            training,
        });
        self.history.last()
    }

    /// Right answers on a set; changes neither state nor counters.
    ///
    /// # Errors
    /// Data that does not fit the network.
    pub fn evaluate(&mut self, set: &Dataset) -> Result<Score, TrainError> {
        self.check(set)?;
        Ok(self.score(set))
    }

    fn score(&mut self, set: &Dataset) -> Score {
        let counters = self.native.counters().clone();
        let correct = (0..set.len())
            .filter(|&i| self.native.classify(set.image(i)) == usize::from(set.label(i)))
            .count();
        self.native.set_counters(counters);
        Score {
            correct: correct as u64,
            total: set.len() as u64,
        }
    }
}

/// A layer's state as a machine's image takes it and gives it back.
impl From<&Layer> for LayerState {
    fn from(layer: &Layer) -> Self {
        LayerState {
            index: layer.index.clone(),
            weight: layer.weight.clone(),
            delta: layer.delta.clone(),
            owed: layer.owed.clone(),
        }
    }
}

mod on_device;

pub use on_device::{INTERVAL, OnDeviceError};

#[cfg(test)]
mod tests;
