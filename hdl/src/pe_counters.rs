//! `PeCounters`: cycles, instructions and busy cycles of all PEs, in one memory behind one adder.
//!
//! The words come by one after another, a word a cycle: 0 cycles, 1 their high word, 2 instructions, 3 busy cycles of PE 0,
//! then those of PE 1. Each PE's `EventCounts` has the low seven bits, and adds its carries when the word is there. `word` is
//! what was asked for in the cycle in which `settled` says so, at most 132 cycles after it was.

use crate::event_counts::EventCounts;
use rust_hdl::prelude::*;

/// 32-bit words, read a cycle after their address, which is the one that is written during a reset alone; nobody looks at it then.
#[derive(LogicBlock)]
pub struct CounterRam {
    pub clock: Signal<In, Clock>,
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<6>>,
    pub write_data: Signal<In, Bits<32>>,
    pub read_addr: Signal<In, Bits<6>>,
    pub q: Signal<Out, Bits<32>>,
    _words: usize,
    _distributed: bool,
}

impl CounterRam {
    /// `words` in LUT RAM if `distributed`, in block RAM otherwise.
    fn new(words: usize, distributed: bool) -> Self {
        Self {
            clock: Default::default(),
            write: Default::default(),
            write_addr: Default::default(),
            write_data: Default::default(),
            read_addr: Default::default(),
            q: Default::default(),
            _words: words,
            _distributed: distributed,
        }
    }
}

impl Logic for CounterRam {
    // Verilator-only, as all memories.
    fn update(&mut self) {}

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let style = ["block", "distributed"][usize::from(self._distributed)];
        Verilog::Custom(format!(
            "(* no_rw_check, ram_style = \"{style}\" *) reg [31:0] mem [0:{last}];
always @(posedge clock) begin
    if (write) mem[write_addr[{bit}:0]] <= write_data;
    q <= mem[read_addr[{bit}:0]];
end
",
            last = self._words - 1,
            bit = self._words.ilog2() - u32::from(self._words.is_power_of_two()),
        ))
    }
}

/// See the module's comment. Ports in a list are a PE's each.
#[derive(LogicBlock)]
pub struct PeCounters {
    pub clock: Signal<In, Clock>,
    /// Starts the ring again; the counters are cleared by `clear`.
    pub reset: Signal<In, Bit>,
    /// All of the PE's are 0 again; `settled` waits for it.
    pub clear: Vec<Signal<In, Bit>>,
    pub retired: Vec<Signal<In, Bit>>,
    pub busy: Vec<Signal<In, Bit>>,
    pub pe: Signal<In, Bits<4>>,
    pub number: Signal<In, Bits<2>>,
    /// The low word of the cycles was read: the high ones stand still.
    pub hold: Signal<In, Bit>,
    pub word: Signal<Out, Bits<32>>,
    pub settled: Signal<Out, Bit>,
    counts: Vec<EventCounts>,
    ram: CounterRam,
    /// The word at the memory's output.
    place: DFF<Bits<6>>,
    following: Signal<Local, Bits<6>>,
    asked: Signal<Local, Bits<6>>,
    first: Signal<Local, Bit>,
    high: Signal<Local, Bit>,
    last_word: Signal<Local, Bit>,
    zero: Signal<Local, Bit>,
    step: Signal<Local, Bits<32>>,
    sum: Signal<Local, Bits<32>>,
    low: Signal<Local, Bits<7>>,
    last: Constant<Bits<6>>,
    _pes: usize,
    _later: usize,
}

impl PeCounters {
    /// Counters of 1 to 16 PEs, in LUT RAM if `distributed`, in block RAM otherwise.
    ///
    /// # Panics
    /// If there is no PE, or more than 16.
    pub fn new(pes: usize, distributed: bool) -> Self {
        assert!((1..=16).contains(&pes), "1 to 16 PEs, not {pes}");
        let list = || (0..pes).map(|_| Default::default()).collect();
        Self {
            clock: Default::default(),
            reset: Default::default(),
            clear: list(),
            retired: list(),
            busy: list(),
            pe: Default::default(),
            number: Default::default(),
            hold: Default::default(),
            word: Default::default(),
            settled: Default::default(),
            counts: (0..pes).map(|_| Default::default()).collect(),
            ram: CounterRam::new(4 * pes, distributed),
            place: Default::default(),
            following: Default::default(),
            asked: Default::default(),
            first: Default::default(),
            high: Default::default(),
            last_word: Default::default(),
            zero: Default::default(),
            step: Default::default(),
            sum: Default::default(),
            low: Default::default(),
            last: Constant::new((4 * pes as u64 - 1).to_bits()),
            _pes: pes,
            _later: pes - 1,
        }
    }
}

impl Logic for PeCounters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, place);
        clock!(self, clock, ram);
        self.following.next = self.place.q.val() + 1;
        if self.reset.val() | (self.place.q.val() == self.last.val()) {
            self.following.next = 0.into();
        }
        self.place.d.next = self.following.val();
        self.ram.read_addr.next = self.following.val();
        self.high.next = self.place.q.val().get_bits::<2>(0) == 1;
        self.last_word.next = self.ram.q.val().get_bits::<25>(7).all();
        self.step.next = 128.into();
        if self.high.val() {
            self.step.next = 1.into();
        }
        self.sum.next = self.ram.q.val() + self.step.val();

        self.asked.next =
            (bit_cast::<6, 4>(self.pe.val()) << 2) | bit_cast::<6, 2>(self.number.val());
        self.settled.next = self.place.q.val() == self.asked.val();
        self.ram.write.next = false;
        self.zero.next = false;
        self.first.next = self.reset.val();
        self.low.next = 0.into();
        for i in 0..self._pes {
            self.counts[i].clock.next = self.clock.val();
            self.counts[i].reset.next = self.reset.val();
            self.counts[i].clear.next = self.clear[i].val();
            self.counts[i].retired.next = self.retired[i].val();
            self.counts[i].busy.next = self.busy[i].val();
            self.counts[i].hold.next = self.hold.val();
            self.counts[i].last_word.next = self.last_word.val();
            if self.counts[i].write.val() | self.counts[i].zero.val() {
                self.ram.write.next = true;
            }
            if self.counts[i].zero.val() {
                self.zero.next = true;
            }
            if self.counts[i].wrong.val() {
                self.settled.next = false;
            }
            // Those of the last PE stay: its ring closes, its low bits are all PEs'.
            self.first.next = self.reset.val() | self.counts[i].ring_out.val();
            self.low.next = self.counts[i].low.val();
        }
        self.counts[0].ring_in.next = self.first.val();
        self.counts[0].low_before.next = 0.into();
        for i in 0..self._later {
            self.counts[i + 1].ring_in.next = self.counts[i].ring_out.val() & !self.reset.val();
            self.counts[i + 1].low_before.next = self.counts[i].low.val();
        }
        self.ram.write_addr.next = self.place.q.val();
        self.ram.write_data.next = self.sum.val();
        if self.zero.val() {
            self.ram.write_data.next = 0.into();
        }
        self.word.next = self.ram.q.val() | bit_cast::<32, 7>(self.low.val());
    }
}
