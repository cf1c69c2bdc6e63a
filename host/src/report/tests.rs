//! Reports of a short run of the embedded digits.

use super::*;
use crate::data::digits;
use crate::deepr::train::{Config, Run};
use std::ops::ControlFlow;

fn trained(epochs: u32) -> Checkpoint {
    let d = digits::load().unwrap();
    let mut config = Config::digits(1);
    config.hyper.epochs = epochs;
    let mut run = Run::new(config, d.train.len()).unwrap();
    for _ in 0..epochs {
        run.epoch(&d.train, &d.validation, &mut |_| ControlFlow::Continue(()))
            .unwrap();
    }
    run.checkpoint()
}

fn verified(equal: bool) -> VerifyFigures {
    let passes = ["forward rows of layer 1", "errors of layer 1"];
    VerifyFigures {
        config: "ecp5".into(),
        equal,
        difference: (!equal).then(|| "word 3 < 4 & \"x\"".into()),
        rerun: "synfire verify --trace wave.fst".into(),
        samples: 5,
        instructions: 4321,
        cycles: 5000,
        cycles_per_sample: 1000.0,
        bank_conflict_cycles: 77,
        passes: passes
            .map(|p| PassCycles {
                pass: p.into(),
                cycles: 300.0,
            })
            .to_vec(),
    }
}

fn report(checkpoint: &Checkpoint, verify: Option<VerifyFigures>) -> Report<'_> {
    Report {
        checkpoint,
        image_size: (8, 8),
        verify,
        dense_float: Some(0.975),
    }
}

fn page(input: &Report) -> String {
    let d = tempfile::tempdir().unwrap();
    let files = write(d.path(), input).unwrap();
    for pair in files[1..].chunks(2) {
        let [file, png] = pair else {
            panic!("{files:?}")
        };
        assert_eq!(png, &file.with_extension("png"));
        assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
        let svg = std::fs::read_to_string(file).unwrap();
        roxmltree::Document::parse(&svg).unwrap();
    }
    std::fs::read_to_string(&files[0]).unwrap()
}

/// The text of the page's body, which must be well-formed.
fn body(page: &str) -> String {
    let from = page.find("<body>").unwrap();
    let to = page.find("</body>").unwrap() + "</body>".len();
    let tree = roxmltree::Document::parse(&page[from..to]).unwrap();
    tree.descendants().filter_map(|n| n.text()).collect()
}

#[test]
fn a_report_has_every_section_every_picture_and_every_region() {
    let c = trained(2);
    let input = report(&c, Some(verified(true)));
    let page = page(&input);
    let sections = [
        "accuracy",
        "rewiring",
        "connections",
        "weights",
        "memory",
        "lockstep",
        "cycles",
        "formats",
    ];
    for s in sections {
        assert!(page.contains(&format!("<h2 id=\"{s}\">")), "{s}");
    }
    let body = body(&page);
    for r in input.layout().unwrap().map() {
        assert!(body.contains(&r.name), "{}", r.name);
    }
    for (what, format) in FORMATS {
        assert!(body.contains(what) && body.contains(format), "{what}");
    }
    let validation = c.history[1].validation.accuracy();
    for text in [
        format!("{:.2} %", 100.0 * validation),
        "97.50 %".into(),
        c.state_hash(),
        "Equal.".into(),
        "between passes (core)".into(),
        "4321".into(),
        "flag records without room".into(),
    ] {
        assert!(body.contains(&text), "{text}");
    }
    assert_eq!(page.matches("<svg").count(), 6);
}

#[test]
fn a_difference_is_told_with_its_text_escaped_and_the_command_that_reruns_it() {
    let c = trained(1);
    let page = page(&report(&c, Some(verified(false))));
    assert!(!page.contains("Equal."));
    assert!(page.contains("word 3 &lt; 4 &amp; &quot;x&quot;"), "{page}");
    let body = body(&page);
    assert!(body.contains("DIFFERENT.") && body.contains("--trace wave.fst"));
}

#[test]
fn a_run_without_a_complete_epoch_and_without_verification_has_a_report_that_says_so() {
    let d = digits::load().unwrap();
    let c = Run::new(Config::digits(1), d.train.len())
        .unwrap()
        .checkpoint();
    let page = page(&report(&c, None));
    assert!(page.contains("No epoch is complete yet"));
    assert!(page.contains("Not run for this report"));
    assert_eq!(page.matches("<svg").count(), 3);
    let d = tempfile::tempdir().unwrap();
    write_picture(&d.path().join("x.svg"), &report(&c, None)).unwrap();
}

#[test]
fn the_mnist_network_has_a_report_of_28_x_28_pixels() {
    let c = Run::new(Config::mnist(1), 10).unwrap().checkpoint();
    let input = Report {
        image_size: (28, 28),
        ..report(&c, None)
    };
    let page = page(&input);
    assert!(page.contains("784-300-100-10"));
    assert!(page.contains("3400 connections"));
}

#[test]
fn counts_and_strengths_by_pixel_have_every_connection_of_the_first_layer() {
    let c = trained(1);
    let layer = &c.network.layers[0];
    let n: f64 = connections::counts(layer).iter().sum();
    assert_eq!(n, layer.weight.len() as f64);
    let strength: f64 = connections::strengths(layer).iter().sum();
    let weights: f64 = layer
        .weight
        .iter()
        .map(|w| f64::from(w.unsigned_abs()))
        .sum();
    assert!((strength * 16384.0 - weights).abs() < 1e-3, "{strength}");
}

#[test]
fn the_readme_picture_is_well_formed_and_small() {
    let c = trained(1);
    let d = tempfile::tempdir().unwrap();
    let path = d.path().join("docs/demo.svg");
    write_picture(&path, &report(&c, None)).unwrap();
    let svg = std::fs::read_to_string(path).unwrap();
    roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.len() < 60_000, "{} bytes", svg.len());
    assert!(svg.contains("Accuracy per epoch") && svg.contains("bytes used"));
    let path = d.path().join("demo.png");
    write_picture(&path, &report(&c, None)).unwrap();
    assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_place_that_takes_no_file_and_images_of_another_size_are_refused_with_the_next_step() {
    let c = trained(1);
    let d = tempfile::tempdir().unwrap();
    let file = d.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let text = write(&file, &report(&c, None)).unwrap_err().to_string();
    assert!(
        text.contains("report.html cannot be written") && text.contains("choose a directory"),
        "{text}"
    );
    let other = Report {
        image_size: (28, 28),
        ..report(&c, None)
    };
    assert_eq!(
        write(d.path(), &other).unwrap_err().to_string(),
        "images of 28 x 28 pixels do not fit a network of 64 inputs; name the data that it was trained on with --data"
    );
}

#[test]
fn figures_that_are_not_those_of_verify_are_refused_and_those_that_are_come_back() {
    let d = tempfile::tempdir().unwrap();
    let path = d.path().join("v.json");
    std::fs::write(&path, "{\"config\":\"ecp5\"}\n").unwrap();
    let text = VerifyFigures::load(&path).unwrap_err().to_string();
    assert!(
        text.contains("is not the line that `synfire verify --json` prints"),
        "{text}"
    );
    let line = r#"{"config":"ecp5","equal":true,"difference":null,"rerun":"r","samples":5,"instructions":1,"cycles":2,
        "cycles_per_sample":0.4,"redrawn":1,"bank_conflict_cycles":3,"passes":[{"pass":"p","cycles":4.0}]}"#;
    std::fs::write(&path, line).unwrap();
    let v = VerifyFigures::load(&path).unwrap();
    assert!(v.equal && v.passes[0].pass == "p");
}
