//! The report's page: HTML with its pictures inside.

use super::memory::{Kind, used};
use super::{FORMATS, Picture, Report, VerifyFigures};
use crate::deepr::layout::Layout;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #222831; background: #f4f6f8; margin: 0; }
main { max-width: 920px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 26px; margin: 8px 0 4px; }
h2 { font-size: 20px; margin: 36px 0 8px; }
p { margin: 6px 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 12px; margin: 20px 0; }
.card { background: #fff; border: 1px solid #dee2e8; border-radius: 8px; padding: 12px 14px; }
.card b { display: block; font-size: 22px; }
.card span { color: #5c6470; font-size: 14px; }
figure { background: #fff; border: 1px solid #dee2e8; border-radius: 8px; margin: 12px 0; padding: 10px; }
figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { color: #5c6470; font-size: 14px; padding: 6px 6px 0; }
.table { overflow-x: auto; }
table { border-collapse: collapse; background: #fff; width: 100%; font-size: 14px; }
th, td { border: 1px solid #dee2e8; padding: 4px 10px; text-align: left; }
tr > th:first-child:not(.n) { min-width: 180px; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.yes { color: #107a55; } .no { color: #b3261e; }
";

/// The whole page.
pub(super) fn render(input: &Report, layout: &Layout, pictures: &[Picture]) -> String {
    let c = input.checkpoint;
    let figure = |name: &str, caption: &str| -> Markup {
        html! {
            @for p in pictures.iter().filter(|p| p.name == name) {
                figure { (PreEscaped(&p.svg)) figcaption { (caption) } }
            }
        }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Synfire: training report" }
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                h1 { "Synfire: training report" }
                p {
                    "A network " (widths(&c.config.widths)) " that rewires itself while it learns, in the integer arithmetic of the machine. Seed "
                    (c.config.seed) ", " (c.step) " training samples done, "
                    (c.history.len()) " of " (c.config.hyper.epochs) " epochs."
                }
                p { "State " code { (c.state_hash()) } }
                (cards(input, layout))
                h2 id="accuracy" { "Accuracy" }
                @if c.history.is_empty() { p { "No epoch is complete yet: there are no curves to show." } }
                (figure("accuracy", "Validation images are never trained on. The training curve counts answers before the update that each sample makes, on distorted images where the run distorts them. Values below the axis are drawn at its lower end."))
                h2 id="rewiring" { "Rewiring" }
                p { "A connection whose weight reaches zero is taken away and drawn anew at a free position, so every row keeps its number of connections." }
                (figure("redrawn", "Connections redrawn in each epoch."))
                (layers(input))
                h2 id="connections" { "Input connections" }
                (figure("connections", "Each square is a pixel of the input image. Left: how many connections of layer 1 read it. Right: the sum of their magnitudes."))
                h2 id="weights" { "Weights" }
                (figure("weights", "Share of the weights in each of 40 bins; negative weights orange, positive weights blue."))
                h2 id="memory" { "Memory" }
                p { "Everything the machine needs to infer and to learn lies in its SRAM: connections, values, errors, recipes and firmware." }
                (figure("memory", "One bar a quarter; grey is free."))
                (regions(layout))
                h2 id="lockstep" { "Lockstep of model and RTL" }
                @match &input.verify {
                    Some(v) => (lockstep(v))
                    None => p { "Not run for this report: make the figures with " code { "synfire verify --json > verify.json" } " and add " code { "--verify verify.json" } "." }
                }
                @if input.verify.is_some() {
                    h2 id="cycles" { "Cycles" }
                    (figure("cycles", "Mean over the samples that ran in the RTL. Blue: forward, orange: backward and learning, grey: what is left of a sample."))
                }
                h2 id="formats" { "Formats and saturations" }
                (formats(input))
            } }
        }
    }
    .into_string()
}

fn widths(widths: &[usize]) -> String {
    let list: Vec<String> = widths.iter().map(ToString::to_string).collect();
    list.join("-")
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

fn cards(input: &Report, layout: &Layout) -> Markup {
    let c = input.checkpoint;
    let card =
        |figure: String, what: &str| html! { div class="card" { b { (figure) } span { (what) } } };
    html! {
        div class="cards" {
            @if let Some(e) = c.history.last() {
                (card(percent(e.validation.accuracy()), &format!("of {} validation images right", e.validation.total)))
            }
            @if let Some(d) = input.dense_float { (card(percent(d), "dense float network, same layers")) }
            (card(percent(c.network.connectivity()), &format!("of the dense weights: {} connections", c.network.connections())))
            (card(format!("{} bytes", used(&layout.map())), &format!("of {} in use", layout.sram_bytes)))
            @if let Some(v) = &input.verify {
                (card(format!("{:.0} cycles", v.cycles_per_sample), "a training sample on the RTL"))
                (card(if v.equal { "equal".into() } else { "DIFFERENT".into() }, "bits of model, RTL and native trainer"))
            }
        }
    }
}

fn layers(input: &Report) -> Markup {
    let c = input.checkpoint;
    let redrawn = |l: usize| {
        c.history.iter().map(|e| e.training.redrawn[l]).sum::<u64>() + c.counters.redrawn[l]
    };
    html! {
        div class="table" { table {
            thead { tr { th { "layer" } th class="n" { "inputs" } th class="n" { "rows" } th class="n" { "slots a row" } th class="n" { "connections" } th class="n" { "of the dense weights" } th class="n" { "redrawn in all" } } }
            tbody { @for (i, l) in c.network.layers.iter().enumerate() { tr {
                td { (i + 1) }
                td class="n" { (l.shape.n_in) }
                td class="n" { (l.shape.n_out) }
                td class="n" { (l.shape.slots) }
                td class="n" { (l.weight.len()) }
                td class="n" { (percent(l.weight.len() as f64 / (l.shape.n_in * l.shape.n_out) as f64)) }
                td class="n" { (redrawn(i)) }
            } } }
        } }
    }
}

fn regions(layout: &Layout) -> Markup {
    let map = layout.map();
    let used = used(&map);
    let kind = |name: &str| {
        let of = Kind::of(name);
        Kind::ALL.iter().find(|k| k.0 == of).map_or("", |k| k.1)
    };
    html! {
        p { (used) " of " (layout.sram_bytes) " bytes used, " (layout.sram_bytes - used) " free." }
        div class="table" { table {
            thead { tr { th class="n" { "address" } th class="n" { "bytes" } th { "region" } th { "kind" } } }
            tbody { @for r in &map { tr {
                td class="n" { code { (format!("{:#07x}", r.address)) } }
                td class="n" { (r.bytes) }
                td { (r.name) }
                td { (kind(&r.name)) }
            } } }
        } }
    }
}

fn lockstep(v: &VerifyFigures) -> Markup {
    html! {
        @if v.equal {
            p class="yes" { b { "Equal." } " Model and RTL agreed at every instruction of the control core, at every pass and in the whole SRAM at the end; the native trainer has the same network." }
        } @else {
            p class="no" { b { "DIFFERENT." } " " (v.difference.as_deref().unwrap_or("the run did not say where")) }
            p { "Rerun with a waveform: " code { (v.rerun) } }
        }
        div class="table" { table { tbody {
            tr { th { "configuration" } td { (v.config) } }
            tr { th { "training samples" } td { (v.samples) } }
            tr { th { "instructions" } td { (v.instructions) } }
            tr { th { "clock cycles of the RTL" } td { (v.cycles) } }
            tr { th { "cycles a sample" } td { (format!("{:.1}", v.cycles_per_sample)) } }
            tr { th { "cycles with a bank conflict" } td { (v.bank_conflict_cycles) } }
        } } }
    }
}

fn formats(input: &Report) -> Markup {
    let s = input.saturations();
    let rows = [
        ("sums read as activations", s.activation),
        ("sums read as errors", s.delta),
        ("errors times the learning rate", s.eta_delta),
        ("weights", s.weight),
        ("saturations in all", s.total()),
        ("flag records without room", input.lost_flags()),
    ];
    html! {
        p { "S: signed, U: unsigned, then integer bits . fraction bits. Each counter counts values that an arithmetic step clipped in " (input.checkpoint.step) " training samples." }
        div class="table" { table {
            thead { tr { th { "number" } th { "format" } } }
            tbody { @for (what, format) in FORMATS { tr { td { (what) } td { code { (format) } } } } }
        } }
        p {}
        div class="table" { table {
            thead { tr { th { "counter" } th class="n" { "count" } } }
            tbody { @for (what, n) in rows { tr { td { (what) } td class="n" { (n) } } } }
        } }
    }
}
