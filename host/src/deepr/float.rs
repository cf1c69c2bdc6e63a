//! The dense float network of the same layers: the yardstick beside the sparse fixed-point run.
//!
//! Rectified layers without biases, softmax cross-entropy, plain SGD on one sample at a time in the same order of
//! samples, the rate falling geometrically. Nothing of it runs on the machine.

use super::train::{Config, Score, Stream};
use crate::data::Dataset;
use synfire_format::random::{RowIndex, draw, row_key};

/// Random tag of the dense weights.
const DENSE_TAG: u16 = 4;

/// Settings of a dense run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DenseHyper {
    pub epochs: u32,
    /// Learning rate of the first and of the last epoch.
    pub rate: (f32, f32),
}

impl Default for DenseHyper {
    fn default() -> Self {
        DenseHyper {
            epochs: 60,
            rate: (0.03, 0.001),
        }
    }
}

/// A dense network: per layer `n_out` rows of `n_in` weights.
#[derive(Debug, Clone)]
pub struct Dense {
    widths: Vec<usize>,
    weights: Vec<Vec<f32>>,
    /// Values of each layer, inputs first.
    values: Vec<Vec<f32>>,
    /// Errors of each layer but the inputs.
    errors: Vec<Vec<f32>>,
}

impl Dense {
    /// The widths and seed of `config`; weights uniform within sqrt(6 / n_in) of 0.
    pub fn new(config: &Config) -> Self {
        let (widths, seed) = (&config.widths, config.seed);
        let weights = widths
            .windows(2)
            .enumerate()
            .map(|(l, w)| {
                let limit = (6.0 / w[0] as f32).sqrt();
                let uniform = |row: usize, c: usize| {
                    let at = RowIndex {
                        population: l as u16,
                        row: row as u16,
                        tag: DENSE_TAG,
                    };
                    let d = draw(row_key(seed, 0, at), c as u16, 0);
                    (d as f32 / 2f32.powi(31) - 1.0) * limit
                };
                (0..w[0] * w[1])
                    .map(|i| uniform(i / w[0], i % w[0]))
                    .collect()
            })
            .collect();
        let zeros = |w: &[usize]| w.iter().map(|&n| vec![0.0; n]).collect();
        Dense {
            widths: widths.clone(),
            weights,
            values: zeros(widths),
            errors: zeros(widths.get(1..).unwrap_or(&[])),
        }
    }

    fn forward(&mut self, image: &[u8]) -> usize {
        for (v, &p) in self.values[0].iter_mut().zip(image) {
            *v = f32::from(p) / 256.0;
        }
        let last = self.weights.len();
        for (l, weights) in self.weights.iter().enumerate() {
            let (below, above) = self.values.split_at_mut(l + 1);
            let x = &below[l];
            for (y, row) in above[0].iter_mut().zip(weights.chunks_exact(x.len())) {
                let sum = dot(row, x);
                *y = if l + 1 < last { sum.max(0.0) } else { sum };
            }
        }
        let out = &self.values[last];
        (1..out.len()).fold(0, |best, i| if out[i] > out[best] { i } else { best })
    }

    fn train(&mut self, image: &[u8], label: usize, rate: f32) {
        self.forward(image);
        let last = self.weights.len();
        let out = &self.values[last];
        let m = out.iter().fold(f32::MIN, |m, &v| m.max(v));
        let total: f32 = out.iter().map(|v| (v - m).exp()).sum();
        for (i, (e, v)) in self.errors[last - 1].iter_mut().zip(out).enumerate() {
            *e = (v - m).exp() / total - if i == label { 1.0 } else { 0.0 };
        }
        for l in (0..last).rev() {
            let n = self.widths[l];
            let (below, here) = self.errors.split_at_mut(l);
            let mut down = below.last_mut();
            if let Some(down) = &mut down {
                down.fill(0.0);
            }
            let x = &self.values[l];
            for (&e, row) in here[0].iter().zip(self.weights[l].chunks_exact_mut(n)) {
                if e == 0.0 {
                    continue;
                }
                if let Some(down) = &mut down {
                    down.iter_mut()
                        .zip(row.iter())
                        .for_each(|(d, w)| *d += w * e);
                }
                let step = rate * e;
                row.iter_mut().zip(x).for_each(|(w, x)| *w -= step * x);
            }
            if let Some(down) = down {
                for (d, &x) in down.iter_mut().zip(x) {
                    if x <= 0.0 {
                        *d = 0.0;
                    }
                }
            }
        }
    }

    /// Right answers on a set whose images have as many pixels as the network has inputs.
    pub fn evaluate(&mut self, set: &Dataset) -> Score {
        let correct = (0..set.len())
            .filter(|&i| self.forward(set.image(i)) == usize::from(set.label(i)))
            .count();
        Score {
            correct: correct as u64,
            total: set.len() as u64,
        }
    }

    /// Trains to the end on the samples that the sparse run of `config` sees, in its order, and scores `validation`;
    /// `after` is told each epoch that is done. An empty training set trains nothing.
    pub fn run(
        &mut self,
        config: &Config,
        hyper: DenseHyper,
        train: &Dataset,
        validation: &Dataset,
        after: &mut dyn FnMut(u32),
    ) -> Score {
        let (first, last) = hyper.rate;
        let mut stream = Stream::new(config);
        for epoch in 0..hyper.epochs {
            let t = epoch as f32 / (hyper.epochs.max(2) - 1) as f32;
            let rate = first * (last / first).powf(t);
            let n = train.len() as u32;
            for step in epoch * n..(epoch + 1) * n {
                let (image, label) = stream.sample(train, step);
                self.train(image, usize::from(label), rate);
            }
            after(epoch);
        }
        self.evaluate(validation)
    }
}

/// Eight partial sums, so that the compiler may use vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut part = [0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a8.zip(b8) {
        for i in 0..8 {
            part[i] += a[i] * b[i];
        }
    }
    part.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;

    #[test]
    fn the_dense_float_network_learns_the_digits() {
        let d = digits::load().unwrap();
        let config = Config::digits(1);
        let mut net = Dense::new(&config);
        let before = net.evaluate(&d.validation).accuracy();
        let after = net
            .run(
                &config,
                DenseHyper::default(),
                &d.train,
                &d.validation,
                &mut |_| {},
            )
            .accuracy();
        assert!(before < 0.3 && after >= 0.93, "{before} {after}");
    }
}
