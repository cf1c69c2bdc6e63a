//! `CompactLinkCounters`: `LinkCounters` where cells are few: the counts in block RAM.
//!
//! The RAM's read port has the clock's falling edge ([`DistRam`]): a word is shown, or kept to be added to, in the cycle of
//! its address. An event takes three cycles: it is chosen, its counter read, and written. All six are counted within
//! eighteen; two of one kind closer than that may count once, which frames on a UART never are. Ports, and what they mean, are
//! `LinkCounters`'.

use crate::alternative::Inputs;
use crate::cells::DistRam;
use rust_hdl::prelude::*;

/// See the module's comment. Numbers are those of `synfire_format::link::counter`.
#[derive(LogicBlock)]
pub struct CompactLinkCounters {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// All are 0 again; what was not counted yet is forgotten.
    pub clear: Signal<In, Bit>,
    /// Bit n: count one in counter n.
    pub happened: Signal<In, Bits<6>>,
    pub read: Signal<In, Bit>,
    pub number: Signal<In, Bits<3>>,
    pub word: Signal<Out, Bits<32>>,
    ram: DistRam<3, 32>,
    pending: DFF<Bits<6>>,
    /// Counters cleared so far.
    cleared: DFF<Bits<4>>,
    /// The word of the chosen counter is read; it was, and becomes one more.
    fetches: DFF<Bit>,
    counts: DFF<Bit>,
    chosen: DFF<Bits<3>>,
    count: DFF<Bits<32>>,
    /// The chosen counter's event.
    taken: Signal<Local, Bits<6>>,
    left: Signal<Local, Bits<6>>,
    choice: Signal<Local, Bits<3>>,
    sum: Signal<Local, Bits<32>>,
    one: Constant<Bits<6>>,
}

impl Default for CompactLinkCounters {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            clear: Default::default(),
            happened: Default::default(),
            read: Default::default(),
            number: Default::default(),
            word: Default::default(),
            ram: DistRam::new(false),
            pending: Default::default(),
            cleared: Default::default(),
            fetches: Default::default(),
            counts: Default::default(),
            chosen: Default::default(),
            count: Default::default(),
            taken: Default::default(),
            left: Default::default(),
            choice: Default::default(),
            sum: Default::default(),
            one: Constant::new(1u64.to_bits()),
        }
    }
}

impl Inputs for CompactLinkCounters {
    fn connect_inputs(&mut self) {
        self.clock.connect();
        self.reset.connect();
        self.clear.connect();
        self.happened.connect();
        self.read.connect();
        self.number.connect();
    }
}

impl Logic for CompactLinkCounters {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, pending, cleared, fetches, counts, chosen, count
        );
        clock!(self, clock, ram);
        self.choice.next = 5.into();
        if self.pending.q.val().get_bit(0) {
            self.choice.next = 0.into();
        } else if self.pending.q.val().get_bit(1) {
            self.choice.next = 1.into();
        } else if self.pending.q.val().get_bit(2) {
            self.choice.next = 2.into();
        } else if self.pending.q.val().get_bit(3) {
            self.choice.next = 3.into();
        } else if self.pending.q.val().get_bit(4) {
            self.choice.next = 4.into();
        }
        self.fetches.d.next = false;
        self.counts.d.next = false;
        self.left.next = self.pending.q.val();
        if !self.fetches.q.val() & !self.counts.q.val() {
            self.chosen.d.next = self.choice.val();
            self.fetches.d.next = self.cleared.q.val().get_bit(3) & (self.pending.q.val() != 0);
        }
        // A reading goes first: the event stays pending and is chosen again.
        if self.fetches.q.val() {
            self.counts.d.next = !self.read.val();
        }
        self.taken.next = self.one.val() << self.chosen.q.val();
        if self.counts.q.val() {
            self.left.next = self.pending.q.val() & !self.taken.val();
        }
        self.pending.d.next = self.left.val() | self.happened.val();
        self.count.d.next = self.ram.q.val();
        self.ram.read_addr.next = self.number.val();
        if self.fetches.q.val() & !self.read.val() {
            self.ram.read_addr.next = self.chosen.q.val();
        }
        self.word.next = self.ram.q.val();
        self.sum.next = self.count.q.val() + 1;
        self.ram.write.next = self.counts.q.val() & !self.count.q.val().all();
        self.ram.write_addr.next = self.chosen.q.val();
        self.ram.write_data.next = self.sum.val();
        if !self.cleared.q.val().get_bit(3) {
            self.cleared.d.next = self.cleared.q.val() + 1;
            self.ram.write.next = true;
            self.ram.write_addr.next = self.cleared.q.val().get_bits::<3>(0);
            self.ram.write_data.next = 0.into();
        }
        if self.reset.val() | self.clear.val() {
            self.cleared.d.next = 0.into();
            self.pending.d.next = 0.into();
            self.fetches.d.next = false;
            self.counts.d.next = false;
        }
    }
}
