//! `exp`: the exponential of `S16.15` numbers by shifts and additions.
//!
//! Latency: 1 + 5 + min(n + 3, 34) + 1 cycles after `start` (n + 16 is the result's bit count), 2 for arguments beyond
//! the limit. Takes no argument while `busy`. The steps are those of `synfire_format::elementary`.

use rust_hdl::prelude::*;
use synfire_format::elementary::{EXP_EXTRA_STEPS, EXP_LIMIT, LN1P, LN2};

/// The subtrahends of all steps: LN2 << 4 .. LN2 << 0 at 0..=4, LN1P at 5..=38.
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
        let rows = (0..5)
            .map(|j| LN2 << (4 - j))
            .chain(LN1P)
            .enumerate()
            .map(|(i, v)| format!("        6'd{i}: value = 42'h{v:x};\n"))
            .collect::<String>();
        Verilog::Custom(format!(
            "always @(*) begin\n    case (step)\n{rows}        default: value = 42'h0;\n    endcase\nend\n"
        ))
    }
}

/// Logical shift right of the 37-bit factor.
#[derive(LogicBlock, Default)]
pub struct ExpShift {
    pub a: Signal<In, Bits<37>>,
    pub by: Signal<In, Bits<6>>,
    pub q: Signal<Out, Bits<37>>,
}

impl Logic for ExpShift {
    // Verilator-only, as the table.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom("always @(*) q = a >> by;\n".into())
    }
}

#[derive(LogicState, Debug, Copy, Clone, PartialEq)]
enum Phase {
    Idle,
    Check,
    Step,
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
    phase: DFF<Phase>,
    x: DFF<Bits<32>>,
    /// What is left of the argument, 36 fraction bits.
    f: DFF<Bits<42>>,
    /// The factor in [1, 2), 36 fraction bits.
    y: DFF<Bits<37>>,
    n: DFF<Bits<6>>,
    step: DFF<Bits<6>>,
    result_q: DFF<Bits<32>>,
    table_of_steps: ExpTable,
    shift: ExpShift,
    low: Signal<Local, Bits<41>>,
    scaled: Signal<Local, Bits<41>>,
    first: Signal<Local, Bits<41>>,
    offset: Signal<Local, Bits<32>>,
    difference: Signal<Local, Bits<42>>,
    taken: Signal<Local, Bit>,
    last: Signal<Local, Bits<6>>,
    k: Signal<Local, Bits<6>>,
    weight: Signal<Local, Bits<6>>,
    sum: Signal<Local, Bits<37>>,
    up: Signal<Local, Bits<37>>,
    limit_high: Constant<Bits<32>>,
    limit_low: Constant<Bits<32>>,
    bias: Constant<Bits<41>>,
    sign: Constant<Bits<32>>,
    largest: Constant<Bits<32>>,
    most_steps: Constant<Bits<6>>,
    extra: Constant<Bits<6>>,
}

impl Default for Exp {
    fn default() -> Self {
        let flipped = |v: i32| u64::from(v as u32 ^ 0x8000_0000);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            start: Default::default(),
            argument: Default::default(),
            busy: Default::default(),
            result: Default::default(),
            phase: Default::default(),
            x: Default::default(),
            f: Default::default(),
            y: Default::default(),
            n: Default::default(),
            step: Default::default(),
            result_q: Default::default(),
            table_of_steps: Default::default(),
            shift: Default::default(),
            low: Default::default(),
            scaled: Default::default(),
            first: Default::default(),
            offset: Default::default(),
            difference: Default::default(),
            taken: Default::default(),
            last: Default::default(),
            k: Default::default(),
            weight: Default::default(),
            sum: Default::default(),
            up: Default::default(),
            limit_high: Constant::new(flipped(EXP_LIMIT).to_bits()),
            limit_low: Constant::new(flipped(-EXP_LIMIT).to_bits()),
            bias: Constant::new((LN2 << 4).to_bits()),
            sign: Constant::new(0x8000_0000u64.to_bits()),
            largest: Constant::new(0x7fff_ffffu64.to_bits()),
            most_steps: Constant::new((LN1P.len() as u64 + 4).to_bits()),
            extra: Constant::new((u64::from(EXP_EXTRA_STEPS) + 4).to_bits()),
        }
    }
}

impl Logic for Exp {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase, x, f, y, n, step, result_q);
        self.busy.next = self.phase.q.val() != Phase::Idle;
        self.result.next = self.result_q.q.val();
        self.table_of_steps.step.next = self.step.q.val();
        // x * 2^21 + 16 ln 2; within the limit it is in 0 .. 2^41, so modulo 2^41 the low 20 bits of x suffice.
        self.low.next = bit_cast::<41, 20>(self.x.q.val().get_bits::<20>(0));
        self.scaled.next = self.low.val() << 21;
        self.first.next = self.scaled.val() + self.bias.val();
        // The argument with its sign bit flipped orders like an unsigned number.
        self.offset.next = self.x.q.val() ^ self.sign.val();
        self.difference.next = self.f.q.val() - self.table_of_steps.value.val();
        // f stays below 2^41, so bit 41 of the difference is its sign.
        self.taken.next = !self.difference.val().get_bit(41);
        self.k.next = self.step.q.val() - 4;
        self.last.next = self.n.q.val() + self.extra.val();
        if self.last.val() > self.most_steps.val() {
            self.last.next = self.most_steps.val();
        }
        self.weight.next = 0.into();
        if self.step.q.val() == 0 {
            self.weight.next = 16.into();
        } else if self.step.q.val() == 1 {
            self.weight.next = 8.into();
        } else if self.step.q.val() == 2 {
            self.weight.next = 4.into();
        } else if self.step.q.val() == 3 {
            self.weight.next = 2.into();
        } else if self.step.q.val() == 4 {
            self.weight.next = 1.into();
        }
        self.shift.a.next = self.y.q.val();
        self.shift.by.next = self.k.val();
        if self.phase.q.val() == Phase::Round {
            self.shift.by.next = bits::<6>(36) - self.n.q.val();
        }
        self.sum.next = self.y.q.val() + self.shift.q.val();
        self.up.next = self.shift.q.val() + 1;
        match self.phase.q.val() {
            Phase::Idle => {
                if self.start.val() {
                    self.x.d.next = self.argument.val();
                    self.phase.d.next = Phase::Check;
                }
            }
            Phase::Check => {
                self.f.d.next = bit_cast::<42, 41>(self.first.val());
                self.y.d.next = bits::<37>(1) << 36;
                self.n.d.next = 0.into();
                self.step.d.next = 0.into();
                self.phase.d.next = Phase::Step;
                if self.offset.val() > self.limit_high.val() {
                    self.result_q.d.next = self.largest.val();
                    self.phase.d.next = Phase::Idle;
                } else if self.offset.val() < self.limit_low.val() {
                    self.result_q.d.next = 0.into();
                    self.phase.d.next = Phase::Idle;
                }
            }
            Phase::Step => {
                if self.taken.val() {
                    self.f.d.next = self.difference.val();
                    self.n.d.next = self.n.q.val() + self.weight.val();
                    if self.step.q.val() > 4 {
                        self.y.d.next = self.sum.val();
                    }
                }
                self.step.d.next = self.step.q.val() + 1;
                if (self.step.q.val() == self.last.val()) & (self.step.q.val() > 4) {
                    self.phase.d.next = Phase::Round;
                }
            }
            Phase::Round => {
                self.result_q.d.next = bit_cast::<32, 36>(self.up.val().get_bits::<36>(1));
                self.phase.d.next = Phase::Idle;
            }
        }
        if self.reset.val() {
            self.phase.d.next = Phase::Idle;
            self.result_q.d.next = 0.into();
        }
    }
}
