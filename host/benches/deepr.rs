//! Native DEEP R on the embedded digits and, at MNIST's shapes, on images made of them: `cargo bench -p synfire`.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use synfire::data::{Dataset, digits};
use synfire::deepr::native::Native;
use synfire::deepr::network::{Network, shapes};
use synfire::deepr::train::{Config, Stream};

/// Samples that a network has seen before it is measured: the work of a sample falls while it learns.
const WARM: u32 = 5_000;
/// Samples of one measurement.
const SAMPLES: u32 = 1_000;

/// The digits enlarged three times into the middle of 28 x 28: as many bright pixels as MNIST's digits have.
fn enlarged(small: &Dataset) -> Dataset {
    let mut pixels = Vec::new();
    for i in 0..small.len() {
        let image = small.image(i);
        for y in 0..28 {
            for x in 0..28 {
                let inside = (2..26).contains(&x) && (2..26).contains(&y);
                pixels.push(if inside {
                    image[(y - 2) / 3 * 8 + (x - 2) / 3]
                } else {
                    0
                });
            }
        }
    }
    let labels = (0..small.len()).map(|i| small.label(i)).collect();
    Dataset::new(pixels, labels, 28, 28, 10).expect("784 pixels a label, labels as before")
}

fn measure(c: &mut Criterion, name: &str, config: &Config, data: &Dataset) {
    let shapes = shapes(&config.widths, &config.slots).expect("a default network");
    let net = Network::new(&shapes, 1, config.hyper.gain_percent).expect("a default network");
    let rules = config.hyper.rules(0, shapes.len());
    let mut native = Native::new(net, 1, 0, rules);
    let mut stream = Stream::new(config);
    for t in 0..WARM {
        let (image, label) = stream.sample(data, t);
        native.train(image, label);
    }
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(u64::from(SAMPLES)));
    group.sample_size(20);
    group.bench_function("train", |b| {
        b.iter_batched_ref(
            || native.clone(),
            |n| {
                for t in WARM..WARM + SAMPLES {
                    let (image, label) = stream.sample(data, t);
                    black_box(n.train(image, label));
                }
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("classify", |b| {
        b.iter(|| {
            for i in 0..SAMPLES as usize {
                black_box(native.classify(data.image(i)));
            }
        });
    });
    group.finish();
}

fn deepr(c: &mut Criterion) {
    let small = digits::load().expect("embedded data").train;
    measure(c, "digits 64-64-32-10", &Config::digits(1), &small);
    let large = enlarged(&small);
    measure(c, "784-300-100-10", &Config::mnist(1), &large);
}

criterion_group!(benches, deepr);
criterion_main!(benches);
