//! Exponential and reciprocal units against the model.

mod bench;
#[path = "support/elementary_arguments.rs"]
mod elementary_arguments;

use elementary_arguments::{INPUTS, arguments};
use rust_hdl::prelude::*;
use synfire_hdl::emit::verilog;
use synfire_hdl::exp::Exp;
use synfire_hdl::product_shifter::ProductShifter;
use synfire_hdl::reciprocal::Reciprocal;
use synfire_hdl::shifter::Shifter;
use synfire_hdl::timer::Timer;
use synfire_sim::{BuildOptions, Machine, build, lint};

/// The exponential with a shifter that the core takes away now and then: after `start` in every cycle in which `lfsr`
/// ends in two ones.
#[derive(LogicBlock, Default)]
struct ExpAlone {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub start: Signal<In, Bit>,
    pub argument: Signal<In, Bits<32>>,
    pub busy: Signal<Out, Bit>,
    pub result: Signal<Out, Bits<32>>,
    exp: Exp,
    /// One of the two.
    shifter: Vec<Shifter>,
    products: Vec<ProductShifter>,
    _shifters: usize,
    _products: usize,
    lfsr: DFF<Bits<16>>,
    away: Signal<Local, Bit>,
}

impl ExpAlone {
    fn new(products: usize) -> Self {
        Self {
            shifter: (products..1).map(|_| Default::default()).collect(),
            products: (0..products).map(|_| Default::default()).collect(),
            _shifters: 1 - products,
            _products: products,
            ..Self::default()
        }
    }
}

impl Logic for ExpAlone {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, lfsr);
        clock!(self, clock, exp);
        self.lfsr.d.next = (self.lfsr.q.val() << 1)
            | bit_cast::<16, 1>(
                (self.lfsr.q.val().get_bit(15)
                    ^ self.lfsr.q.val().get_bit(13)
                    ^ self.lfsr.q.val().get_bit(12)
                    ^ self.lfsr.q.val().get_bit(10))
                .into(),
            );
        if self.reset.val() {
            self.lfsr.d.next = 1.into();
        }
        self.away.next = self.lfsr.q.val().get_bits::<2>(0) == 3;
        self.exp.reset.next = self.reset.val();
        self.exp.start.next = self.start.val();
        self.exp.argument.next = self.argument.val();
        self.busy.next = self.exp.busy.val();
        self.result.next = self.exp.result.val();
        self.exp.late.next = false;
        self.exp.beside.next = 0.into();
        for i in 0..self._shifters {
            self.shifter[i].a.next = self.argument.val();
            self.shifter[i].amount.next = self.argument.val().get_bits::<5>(3);
            self.shifter[i].left.next = self.away.val() & self.argument.val().get_bit(5);
            self.shifter[i].right.next = self.away.val() & !self.argument.val().get_bit(5);
            self.shifter[i].arithmetic.next = true;
            self.shifter[i].factor.next = self.exp.factor.val();
            self.shifter[i].by.next = self.exp.by.val();
            self.exp.shifted.next = self.shifter[i].shifted.val();
        }
        for i in 0..self._products {
            self.exp.late.next = true;
            self.products[i].clock.next = self.clock.val();
            self.products[i].a.next = self.argument.val();
            self.products[i].amount.next = self.argument.val().get_bits::<5>(3);
            self.products[i].left.next = self.away.val() & self.argument.val().get_bit(5);
            self.products[i].right.next = self.away.val() & !self.argument.val().get_bit(5);
            self.products[i].arithmetic.next = true;
            self.products[i].factor.next = self.exp.factor.val();
            self.products[i].by.next = self.exp.by.val();
            self.products[i].upper.next = self.exp.upper.val();
            self.exp.shifted.next = self.products[i].shifted.val();
            self.exp.beside.next = self.products[i].beside.val();
        }
        self.exp.taken_away.next = self.away.val();
    }
}

/// The block, edited.
fn edited<B: Block>(block: B, name: &str, edit: (&str, &str)) -> Machine {
    let good = verilog(block, name, "A unit alone").unwrap();
    let text = good.replace(edit.0, edit.1);
    assert_eq!(
        good == text,
        edit.0 == edit.1,
        "`{}` is not in the text",
        edit.0
    );
    lint(name, &text).unwrap();
    build(name, &text, &BuildOptions::default())
        .unwrap()
        .instance(7)
}

/// Number of results that differ from `want`, and the longest and mean cycles from start to result.
fn differences<B: Block>(
    block: B,
    name: &str,
    edit: (&str, &str),
    want: fn(i32) -> i32,
) -> (usize, u64, f64) {
    let m = edited(block, name, edit);
    let port = |n: &str| m.port(n).unwrap();
    let (start, argument, busy, result) = (
        port("start"),
        port("argument"),
        port("busy"),
        port("result"),
    );
    start.set(0);
    port("reset").set(1);
    m.tick(2);
    port("reset").set(0);
    assert_eq!(result.get(), 0, "the result before the first argument");
    let (mut wrong, mut longest, mut total) = (0, 0, 0);
    for x in arguments() {
        argument.set(u64::from(x as u32));
        start.set(1);
        m.tick(1);
        start.set(0);
        // The unit holds its argument itself.
        argument.set(0x1234_5678);
        let mut cycles = 1;
        while busy.get() == 1 && cycles < 400 {
            m.tick(1);
            cycles += 1;
        }
        longest = longest.max(cycles);
        total += cycles;
        wrong += usize::from(result.get() as u32 != want(x) as u32 || cycles == 400);
    }
    (wrong, longest, total as f64 / INPUTS as f64)
}

#[test]
fn exponentials_have_the_models_bits() {
    // The shifter is taken away in a quarter of the cycles.
    for (products, most, usual) in [(0, 104, 30.0), (1, 180, 45.0)] {
        let (wrong, longest, mean) = differences(
            ExpAlone::new(products),
            "exp",
            ("", ""),
            synfire_golden::exp::exp,
        );
        println!("exp, {products}: at most {longest} cycles, {mean:.1} on average");
        assert_eq!(wrong, 0);
        assert!(longest <= most && mean < usual, "{longest}, {mean} cycles");
    }
}

/// The number of shifts of `ProductShifter` that differ from Rust's, every amount in each of the three ways.
fn wrong_shifts(edit: (&str, &str)) -> usize {
    let m = edited(ProductShifter::default(), "product_shifter", edit);
    let port = |n: &str| m.port(n).unwrap();
    let (left, right) = (port("left"), port("right"));
    let mut wrong = 0;
    for (i, x) in arguments().into_iter().enumerate() {
        let (x, amount) = (x as u32, (i % 32) as u32);
        let way = i / 32 % 3;
        port("a").set(u64::from(x));
        port("amount").set(u64::from(amount));
        port("arithmetic").set(u64::from(way == 2));
        left.set(u64::from(way == 0));
        right.set(u64::from(way != 0));
        m.tick(1);
        left.set(0);
        right.set(0);
        m.eval();
        let want = [x << amount, x >> amount, (x as i32 >> amount) as u32][way];
        wrong += usize::from(port("result").get() as u32 != want);
        m.tick(1);
        wrong += usize::from(port("result").get() != 0);
    }
    wrong
}

#[test]
fn products_shift_as_rust_does() {
    assert_eq!(wrong_shifts(("", "")), 0);
}

#[test]
fn a_lost_sign_or_word_of_a_shift_is_caught() {
    for edit in [
        ("result_high = 32'hffff;", "result_high = 32'h0;"),
        (
            "| product_a[(32'h10)+:(16)];",
            "| product_a[(32'h0)+:(16)];",
        ),
    ] {
        assert!(wrong_shifts(edit) > 0, "{edit:?}");
    }
}

/// Cycles in which a timer, edited, is not what integers say, of random short periods, reads and changes.
fn wrong_ticks(edit: (&str, &str)) -> usize {
    let m = edited(Timer::default(), "timer", edit);
    let port = |n: &str| m.port(n).unwrap();
    let mut draw = bench::Draw(9);
    port("write").set(0);
    port("take").set(0);
    port("reset").set(1);
    m.tick(2);
    port("reset").set(0);
    let (mut period, mut since, mut event, mut pending) = (0, 0, false, 0u64);
    let mut wrong = 0;
    for _ in 0..50_000 {
        let (write, value, take) = (draw.below(12) == 0, draw.below(6), draw.below(3) == 0);
        port("write").set(u64::from(write));
        port("value").set(value);
        port("take").set(u64::from(take));
        m.eval();
        let (waits, runs) = (pending > 0, period > 0);
        wrong += usize::from(port("available").get() != u64::from(waits || !runs));
        wrong += usize::from(port("ticks").get() != u64::from(waits || runs));
        wrong += usize::from(port("taken").get() != u64::from(waits && take));
        since += 1;
        let ended = runs && since == period;
        pending = pending + u64::from(event) - u64::from(waits && take);
        event = ended;
        if ended || write {
            since = 0;
        }
        if write {
            period = value;
        }
        m.tick(1);
    }
    wrong
}

#[test]
fn ticks_come_once_a_period_whatever_is_written_when() {
    assert_eq!(wrong_ticks(("", "")), 0);
    for edit in [
        ("first$q <= ended | write", "first$q <= write"),
        ("ended = running$q & ", "ended = "),
    ] {
        assert!(wrong_ticks(edit) > 0, "{edit:?}");
    }
}

#[test]
fn reciprocals_have_the_models_bits() {
    let (wrong, longest, mean) = differences(
        Reciprocal::default(),
        "reciprocal",
        ("", ""),
        synfire_golden::reciprocal::reciprocal,
    );
    println!("reciprocal: at most {longest} cycles, {mean:.1} on average");
    assert_eq!(wrong, 0);
    assert!(longest <= 33, "{longest} cycles");
}

#[test]
fn one_wrong_bit_in_the_table_of_logarithms_is_caught() {
    // ln(1 + 2^-20): its last bit moves a result now and then.
    let edit = ("42'h10000;", "42'h10001;");
    assert!(differences(ExpAlone::new(0), "exp", edit, synfire_golden::exp::exp).0 > 0);
}

#[test]
fn one_step_less_of_the_division_is_caught() {
    let edit = ("step$q == 32'h1e", "step$q == 32'h1d");
    let wrong = differences(
        Reciprocal::default(),
        "reciprocal",
        edit,
        synfire_golden::reciprocal::reciprocal,
    )
    .0;
    assert!(wrong > INPUTS / 4, "only {wrong} differ");
}
