//! `exp`: the exponential of `S16.15` numbers by shifts and additions.
//!
//! Latency: 1 + 5 + (n + 3) + 3 cycles after `start` (n + 16 is the result's bit count; n + 3 cannot pass the format's
//! limit of 34 steps), one more for each of the n + 3 steps that is taken, 5 for arguments beyond the limit, and one or two
//! for each cycle in which the shifter is taken away; two more for each shift of a shifter that is late. Takes no argument while `busy`. The steps are those of
//! `synfire_format::elementary`.

use crate::carry::AddMasked;
use rust_hdl::prelude::*;
use synfire_format::elementary::{EXP_EXTRA_STEPS, EXP_LIMIT, LN1P, LN2};

/// The subtrahends of all steps: LN1P at 1..=34, LN2 << 4 .. LN2 << 1 at 60..=63 and LN2 at 0, after which 1 comes;
/// before them, at 59, what makes the difference a sum: -16 ln 2.
#[derive(LogicBlock, Default)]
pub struct ExpTable {
    pub step: Signal<In, Bits<6>>,
    pub value: Signal<Out, Bits<42>>,
}

impl Logic for ExpTable {
    // Verilator-only: a table has no behaviour worth writing twice.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.value.connect();
    }

    fn hdl(&self) -> Verilog {
        let powers = (0..5).map(|j| ((60 + j) % 64, LN2 << (4 - j)));
        let rows = (1..)
            .zip(LN1P)
            .chain(powers)
            .map(|(i, v)| format!("        6'd{i}: value = 42'h{v:x};\n"))
            .collect::<String>();
        let start = (1u64 << 42) - (LN2 << 4);
        Verilog::Custom(format!(
            "always @(*) begin\n    case (step)\n{rows}        default: value = 42'h{start:x};\n    endcase\nend\n"
        ))
    }
}

/// below = a < limit, both without signs: an `and` or `or` a bit, from the lowest on, where a subtraction takes a carry chain.
#[derive(LogicBlock, Default)]
pub struct Below {
    pub a: Signal<In, Bits<32>>,
    pub below: Signal<Out, Bit>,
    _limit: u32,
}

impl Below {
    /// Compares with `limit`.
    pub fn new(limit: u32) -> Self {
        Self {
            _limit: limit,
            ..Default::default()
        }
    }
}

impl Logic for Below {
    // Verilator-only, as all cells.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.below.connect();
    }

    fn hdl(&self) -> Verilog {
        let below = (0..32).fold(String::from("1'b0"), |lower, i| {
            let operator = if self._limit >> i & 1 == 1 { '|' } else { '&' };
            format!("(~a[{i}] {operator} {lower})")
        });
        Verilog::Custom(format!("always @(*) below = {below};"))
    }
}

#[derive(LogicState, Debug, Copy, Clone, PartialEq)]
enum Phase {
    Idle,
    Check,
    Step,
    /// The second cycle of a shift that takes three, and the third.
    Second,
    Third,
    /// Adds the shifted factor, a cycle later: shifter and adder together are the longest path of a board.
    Add,
    /// Shifts the factor to the result's place.
    Shift,
    Round,
}

/// See the module text.
#[derive(LogicBlock)]
pub struct Exp {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Takes `argument`; ignored while `busy`.
    pub start: Signal<In, Bit>,
    /// `S16.15`.
    pub argument: Signal<In, Bits<32>>,
    pub busy: Signal<Out, Bit>,
    /// `S16.15`; holds until the next start.
    pub result: Signal<Out, Bits<32>>,
    /// To a shifter, with `by`.
    pub factor: Signal<Out, Bits<37>>,
    pub by: Signal<Out, Bits<6>>,
    /// The shifter answers in the third cycle of three, not in the first.
    pub late: Signal<In, Bit>,
    /// The second of the three.
    pub upper: Signal<Out, Bit>,
    /// `factor` >> `by` is `shifted | beside`, whose bits do not meet.
    pub shifted: Signal<In, Bits<37>>,
    pub beside: Signal<In, Bits<37>>,
    /// The shifter works for the core: this cycle does not count, and of three no more the ones before.
    pub taken_away: Signal<In, Bit>,
    phase: DFF<Phase>,
    /// The argument is beyond the limit, and its sign.
    large: DFF<Bit>,
    small: DFF<Bit>,
    /// What is left of the argument, 36 fraction bits.
    f: DFF<Bits<41>>,
    /// The factor's 36 fraction bits; it is in [1, 2).
    y: DFF<Bits<36>>,
    /// The factor's integer bit: 0 where the argument is beyond the limit.
    within: DFF<Bit>,
    whole: Signal<Local, Bits<37>>,
    /// The shifted factor of the step before; before rounding, 1.
    part: DFF<Bits<37>>,
    other: DFF<Bits<37>>,
    /// The factor goes to the result's place.
    places_it: DFF<Bit>,
    add: AddMasked<38>,
    none: Signal<Local, Bits<38>>,
    n: DFF<Bits<5>>,
    step: DFF<Bits<6>>,
    result_q: DFF<Bits<32>>,
    table_of_steps: ExpTable,
    /// The argument with its sign bit flipped.
    offset: Signal<Local, Bits<32>>,
    difference: Signal<Local, Bits<42>>,
    taken: Signal<Local, Bit>,
    /// A step of ln 2 times a power of two.
    doubles: Signal<Local, Bit>,
    last: Signal<Local, Bits<6>>,
    /// How far the factor goes to the result's place.
    places: Signal<Local, Bits<6>>,
    sum: Signal<Local, Bits<38>>,
    below_high: Below,
    below_low: Below,
    sign: Constant<Bits<32>>,
    largest: Constant<Bits<32>>,
    extra: Constant<Bits<6>>,
}

macro_rules! exp_with {
    ($($given:ident = $value:expr),* ; $($field:ident),* $(,)?) => {
        Self { $($given: $value,)* $($field: Default::default(),)* }
    };
}

impl Default for Exp {
    fn default() -> Self {
        let flipped = |v: i32| v as u32 ^ 0x8000_0000;
        exp_with!(
            below_high = Below::new(flipped(EXP_LIMIT + 1)),
            below_low = Below::new(flipped(-EXP_LIMIT)),
            sign = Constant::new(0x8000_0000u64.to_bits()),
            largest = Constant::new(0x7fff_ffffu64.to_bits()),
            extra = Constant::new(u64::from(EXP_EXTRA_STEPS).to_bits());
            clock, reset, start, argument, busy, result, phase, large, small, f, y, within, factor, by,
            late, upper, shifted, beside, taken_away, whole, part, other, places_it, add, none, n, step,
            result_q, table_of_steps, offset, difference, taken, doubles, last, places, sum
        )
    }
}

impl Logic for Exp {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, phase, large, small, f, y, within, part, other, places_it, n, step,
            result_q
        );
        self.busy.next = self.phase.q.val() != Phase::Idle;
        self.result.next = self.result_q.q.val();
        self.table_of_steps.step.next = self.step.q.val();
        // The argument with its sign bit flipped orders like an unsigned number.
        self.offset.next = self.argument.val() ^ self.sign.val();
        self.difference.next = bit_cast::<42, 41>(self.f.q.val()) - self.table_of_steps.value.val();
        // Both operands stay below 2^41, so bit 41 of the difference is its sign.
        self.taken.next = !self.difference.val().get_bit(41);
        self.doubles.next = (self.step.q.val() == 0) | (self.step.q.val().get_bits::<4>(2) == 15);
        self.last.next = bit_cast::<6, 5>(self.n.q.val()) + self.extra.val();
        self.places.next = bits::<6>(36) - bit_cast::<6, 5>(self.n.q.val());
        self.whole.next = bit_cast::<37, 36>(self.y.q.val())
            | (bit_cast::<37, 1>(self.within.q.val().into()) << 36);
        self.factor.next = self.whole.val();
        self.by.next = self.step.q.val();
        self.part.d.next = self.shifted.val();
        self.other.d.next = self.beside.val();
        self.upper.next = self.phase.q.val() == Phase::Second;
        self.none.next = 0.into();
        self.add.a.next = bit_cast::<38, 37>(self.whole.val());
        self.add.b.next = bit_cast::<38, 37>(self.part.q.val());
        self.add.c.next = !self.none.val();
        self.add.d.next = bit_cast::<38, 37>(self.other.q.val());
        self.sum.next = self.add.sum.val();
        self.below_high.a.next = self.offset.val();
        self.below_low.a.next = self.offset.val();
        match self.phase.q.val() {
            Phase::Idle => {
                // x * 2^21: within the limit x * 2^21 + 16 ln 2 is in 0 .. 2^41, so modulo 2^41 the low 20 bits suffice.
                self.f.d.next = bit_cast::<41, 20>(self.argument.val().get_bits::<20>(0)) << 21;
                self.large.d.next = !self.below_high.below.val();
                self.small.d.next = self.below_low.below.val();
                self.step.d.next = 59.into();
                if self.start.val() {
                    self.phase.d.next = Phase::Check;
                }
            }
            Phase::Check => {
                self.f.d.next = self.difference.val().get_bits::<41>(0);
                self.n.d.next = 0.into();
                self.y.d.next = 0.into();
                self.within.d.next = !self.large.q.val() & !self.small.q.val();
                self.step.d.next = self.step.q.val() + 1;
                self.places_it.d.next = false;
                self.phase.d.next = Phase::Step;
                if self.large.q.val() | self.small.q.val() {
                    self.places_it.d.next = true;
                    self.phase.d.next = Phase::Shift;
                }
            }
            Phase::Step => {
                if !self.taken_away.val() {
                    if self.doubles.val() {
                        self.n.d.next =
                            (self.n.q.val() << 1) | bit_cast::<5, 1>(self.taken.val().into());
                        if self.taken.val() {
                            self.f.d.next = self.difference.val().get_bits::<41>(0);
                        }
                    }
                    self.step.d.next = self.step.q.val() + 1;
                    if self.taken.val() & !self.doubles.val() {
                        self.step.d.next = self.step.q.val();
                        self.phase.d.next = Phase::Add;
                        if self.late.val() {
                            self.phase.d.next = Phase::Second;
                        }
                    } else if self.step.q.val() == self.last.val() {
                        self.step.d.next = self.places.val();
                        self.places_it.d.next = true;
                        self.phase.d.next = Phase::Shift;
                    }
                }
            }
            Phase::Second => {
                self.phase.d.next = Phase::Third;
                if self.taken_away.val() {
                    self.phase.d.next = Phase::Step;
                    if self.places_it.q.val() {
                        self.phase.d.next = Phase::Shift;
                    }
                }
            }
            Phase::Third => {
                self.phase.d.next = Phase::Add;
                if self.places_it.q.val() {
                    self.y.d.next = 0.into();
                    self.within.d.next = false;
                }
            }
            Phase::Add => {
                // Half a unit of the result, for the rounding.
                self.part.d.next = 1.into();
                self.other.d.next = 0.into();
                self.f.d.next = self.difference.val().get_bits::<41>(0);
                self.y.d.next = self.sum.val().get_bits::<36>(0);
                self.step.d.next = self.step.q.val() + 1;
                self.phase.d.next = Phase::Step;
                if self.places_it.q.val() {
                    self.phase.d.next = Phase::Round;
                } else if self.step.q.val() == self.last.val() {
                    self.step.d.next = self.places.val();
                    self.places_it.d.next = true;
                    self.phase.d.next = Phase::Shift;
                }
            }
            Phase::Shift => {
                // The shifted factor is added to 0: at most 32 bits of an argument within the limit; others have the factor 0.
                if !self.taken_away.val() {
                    if self.late.val() {
                        self.phase.d.next = Phase::Second;
                    } else {
                        self.y.d.next = 0.into();
                        self.within.d.next = false;
                        self.phase.d.next = Phase::Add;
                    }
                }
            }
            Phase::Round => {
                // (0 >> any + 1) >> 1 is 0, the result of an argument that is too small.
                self.result_q.d.next = self.sum.val().get_bits::<32>(1);
                if self.large.q.val() {
                    self.result_q.d.next = self.largest.val();
                }
                self.phase.d.next = Phase::Idle;
            }
        }
        if self.reset.val() {
            self.phase.d.next = Phase::Idle;
            self.result_q.d.next = 0.into();
        }
    }
}
