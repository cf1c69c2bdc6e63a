//! Hyper-parameters of a DEEP R run and the constants of the recipes that follow from them at each epoch.

use super::recipes::RuleConstants;
use crate::data::warp::Warp;
use serde::{Deserialize, Serialize};

/// Settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hyper {
    pub epochs: u32,
    /// Learning rate of the first epoch.
    pub rate: f64,
    /// Learning rate of the last epoch; between them it falls by a constant factor an epoch.
    pub rate_last: f64,
    /// L1 in units of the learning rate: a weight's magnitude loses rate * l1 a sample.
    pub l1: f64,
    /// L1 of the last epoch; between them geometric.
    pub l1_last: f64,
    /// Factors on the learning rate of each layer, from the input.
    pub layer_rate: Vec<f64>,
    /// Factors on the L1 of each layer, from the input.
    pub layer_l1: Vec<f64>,
    /// Magnitude of a new connection in LSB of `S1.14`.
    pub regrow: i16,
    /// Gain of the initial weights in percent, see [`super::network::Network::new`].
    pub gain_percent: u32,
    /// Distortion of training images.
    pub warp: Warp,
}

/// Shift of the product error * rate.
pub const ETA_SHIFT: u8 = 12;
/// Fraction bits of the L1 constant below the weight's LSB.
pub const L1_SHIFT: u8 = 15;

fn geometric(first: f64, last: f64, epoch: u32, epochs: u32) -> f64 {
    if epochs < 2 || first <= 0.0 || last <= 0.0 {
        return first;
    }
    first * (last / first).powf(f64::from(epoch) / f64::from(epochs - 1))
}

/// Slots a row of 784-300-100-10: 3,440 of 266,200 connections, 1.292 %.
pub const MNIST_SLOTS: [usize; 3] = [4, 16, 64];

impl Hyper {
    /// The settings found for MNIST.
    pub fn mnist() -> Self {
        Hyper {
            epochs: 60,
            rate: 0.1,
            rate_last: 0.0003,
            l1: 1e-4,
            l1_last: 1e-4,
            layer_rate: vec![1.0; 3],
            layer_l1: vec![1.0; 3],
            regrow: 2,
            gain_percent: 100,
            warp: Warp::default(),
        }
    }

    /// The settings found for the embedded 8 x 8 digits.
    pub fn digits() -> Self {
        Hyper {
            epochs: 60,
            rate: 0.1,
            rate_last: 0.002,
            l1: 1e-4,
            warp: Warp {
                scale_percent: 15,
                shear_percent: 30,
                shift_percent: 70,
            },
            ..Self::mnist()
        }
    }

    /// Learning rate of an epoch (0 is the first).
    pub fn rate_at(&self, epoch: u32) -> f64 {
        geometric(self.rate, self.rate_last, epoch, self.epochs)
    }

    /// Constants of each of `layers` layers at an epoch.
    ///
    /// `eta_delta` carries 2^m times the rate, m in 0..=11 the largest that keeps rate * 2^m below 8, so that errors up
    /// to 4 fit and one LSB of an error still moves it; the weight's shift is then 4 + m (8 + 10 fraction bits of the
    /// operands, 14 of the weight). L1 is per owed sample, in 2^-15 LSB of the weight.
    pub fn rules(&self, epoch: u32, layers: usize) -> Vec<RuleConstants> {
        (0..layers)
            .map(|l| {
                let rate = self.rate_at(epoch) * self.layer_rate.get(l).unwrap_or(&1.0);
                let m = (0..=11u8)
                    .rev()
                    .find(|&m| rate * f64::from(1u32 << m) < 8.0)
                    .unwrap_or(0);
                let k_eta = rate * f64::from(1u32 << m) * f64::from(1u32 << ETA_SHIFT);
                let l1 = geometric(self.l1, self.l1_last, epoch, self.epochs)
                    * self.layer_l1.get(l).unwrap_or(&1.0);
                let k_l1 = rate * l1 * f64::from(1u32 << 14) * f64::from(1u32 << L1_SHIFT);
                RuleConstants {
                    k_eta: -(k_eta.round().min(32767.0) as i16),
                    eta_shift: ETA_SHIFT,
                    update_shift: 4 + m,
                    k_l1: k_l1.round().min(32767.0) as i16,
                    l1_shift: L1_SHIFT,
                }
            })
            .collect()
    }
}
