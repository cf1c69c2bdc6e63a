//! `Fetch`: the core's instructions: sixteen SRAM words in a direct-mapped cache, filled ahead of the program counter.
//!
//! The word of the program counter is looked up in every cycle in which nothing else is; what was found shows in the
//! next. So a jump to a word that is there costs nothing, and one to a word that is not costs the SRAM's latency and
//! three cycles. Words are asked for in order from the program counter on, at most `AHEAD` before it; whether the next
//! one is there is looked up when an instruction is taken or is waited for. Answers fill their places whatever has
//! happened since. Code that was written is seen after a wipe, not before. The block does not look at addresses: the
//! core notices a program counter outside the SRAM.

use rust_hdl::prelude::*;

use crate::cells::DistRam;
use crate::lut_ram::LutRam;

/// See the module's comment. Addresses are byte addresses in the SRAM; a *line* is an SRAM word's number.
#[derive(LogicBlock, Default)]
pub struct Fetch {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Whether new words may be asked for.
    pub enable: Signal<In, Bit>,
    /// True for SRAM words of two instructions.
    pub wide: Signal<In, Bit>,
    /// Forgets place `wipe_place`; an answer of the same cycle is dropped.
    pub wipe: Signal<In, Bit>,
    pub wipe_place: Signal<In, Bits<4>>,
    /// No answer is under way.
    pub idle: Signal<Out, Bit>,
    /// The next instruction, unless `redirect`.
    pub pc: Signal<In, Bits<18>>,
    /// The program counter becomes `target`.
    pub redirect: Signal<In, Bit>,
    pub target: Signal<In, Bits<18>>,
    /// The instruction at the program counter, when `available`.
    pub insn: Signal<Out, Bits<32>>,
    pub available: Signal<Out, Bit>,
    /// Takes it; the program counter goes to the next.
    pub pop: Signal<In, Bit>,
    pub request_valid: Signal<Out, Bit>,
    pub request_addr: Signal<Out, Bits<18>>,
    pub request_ready: Signal<In, Bit>,
    pub response_valid: Signal<In, Bit>,
    /// A word of two instructions, or one in the low half.
    pub response_data: Signal<In, Bits<64>>,
    lines: LutRam<4, 64>,
    /// Validity and upper line bits of what is in `lines`.
    tags: LutRam<4, 13>,
    /// Lines asked for, in order.
    asked: DistRam<2, 16>,
    asked_head: DFF<Bits<3>>,
    asked_tail: DFF<Bits<3>>,
    /// Next line to ask for, and how far it is from the program counter's.
    ask: DFF<Bits<16>>,
    lead: DFF<Bits<2>>,
    /// `ask` is not there and was not asked for yet.
    want: DFF<Bit>,
    /// What `lines` and `tags` show belongs to the program counter, or `tags` to `ask`.
    looked: DFF<Bit>,
    probed: DFF<Bit>,
    here: Signal<Local, Bits<16>>,
    there: Signal<Local, Bits<16>>,
    place: Signal<Local, Bits<4>>,
    filled: Signal<Local, Bits<16>>,
    fill_place: Signal<Local, Bits<4>>,
    fill_tag: Signal<Local, Bits<13>>,
    fills: Signal<Local, Bit>,
    clash: Signal<Local, Bit>,
    hit: Signal<Local, Bit>,
    probe_hit: Signal<Local, Bit>,
    first: Signal<Local, Bit>,
    missing: Signal<Local, Bit>,
    /// Nothing that was counted on is coming: another word took its place.
    lost: Signal<Local, Bit>,
    probe: Signal<Local, Bit>,
    asks: Signal<Local, Bit>,
    accepted: Signal<Local, Bit>,
    step: Signal<Local, Bit>,
    used: Signal<Local, Bit>,
    at_rest: Signal<Local, Bit>,
}

impl Fetch {
    /// The cache; `distributed` puts it into LUT RAM.
    pub fn new(distributed: bool) -> Self {
        Self {
            lines: LutRam::new(distributed),
            tags: LutRam::new(distributed),
            ..Self::default()
        }
    }
}

impl Logic for Fetch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, asked_head, asked_tail, ask, lead, want, looked, probed
        );
        clock!(self, clock, lines, tags, asked);
        self.here.next = self.pc.val().get_bits::<16>(2);
        self.there.next = self.pc.val().get_bits::<16>(2);
        if self.redirect.val() {
            self.there.next = self.target.val().get_bits::<16>(2);
        }
        if self.wide.val() {
            self.here.next = bit_cast::<16, 15>(self.pc.val().get_bits::<15>(3));
            self.there.next = bit_cast::<16, 15>(self.pc.val().get_bits::<15>(3));
            if self.redirect.val() {
                self.there.next = bit_cast::<16, 15>(self.target.val().get_bits::<15>(3));
            }
        }

        // What was looked up in the cycle before.
        self.first.next = self.lead.q.val() == 0;
        self.hit.next = self.looked.q.val()
            & self.tags.q.val().get_bit(12)
            & (self.tags.q.val().get_bits::<12>(0) == self.here.val().get_bits::<12>(4));
        self.missing.next = self.looked.q.val()
            & !(self.tags.q.val().get_bit(12)
                & (self.tags.q.val().get_bits::<12>(0) == self.here.val().get_bits::<12>(4)));
        self.probe_hit.next = self.probed.q.val()
            & self.tags.q.val().get_bit(12)
            & (self.tags.q.val().get_bits::<12>(0) == self.ask.q.val().get_bits::<12>(4));
        self.available.next = self.hit.val();
        self.insn.next = self.lines.q.val().get_bits::<32>(0);
        if self.wide.val() & self.pc.val().get_bit(2) {
            self.insn.next = self.lines.q.val().get_bits::<32>(32);
        }

        // Requests.
        self.at_rest.next = self.asked_head.q.val() == self.asked_tail.q.val();
        self.idle.next = self.at_rest.val();
        self.asks.next =
            self.enable.val() & (self.want.q.val() | (self.missing.val() & self.first.val()));
        self.request_valid.next = self.asks.val();
        self.request_addr.next = bit_cast::<18, 16>(self.ask.q.val()) << 2;
        if self.wide.val() {
            self.request_addr.next = bit_cast::<18, 16>(self.ask.q.val()) << 3;
        }
        self.accepted.next = self.asks.val() & self.request_ready.val();
        self.asked.write.next = self.accepted.val();
        self.asked.write_addr.next = self.asked_head.q.val().get_bits::<2>(0);
        self.asked.write_data.next = self.ask.q.val();
        self.asked.read_addr.next = self.asked_tail.q.val().get_bits::<2>(0);
        if self.accepted.val() {
            self.asked_head.d.next = self.asked_head.q.val() + 1;
        }
        if self.response_valid.val() {
            self.asked_tail.d.next = self.asked_tail.q.val() + 1;
        }

        // Answers.
        self.filled.next = self.asked.q.val();
        self.fills.next = self.response_valid.val() | self.wipe.val();
        self.fill_place.next = self.filled.val().get_bits::<4>(0);
        self.fill_tag.next = bit_cast::<13, 12>(self.filled.val().get_bits::<12>(4)) | 0x1000;
        if self.wipe.val() {
            self.fill_place.next = self.wipe_place.val();
            self.fill_tag.next = 0.into();
        }
        self.lines.write.next = self.fills.val();
        self.lines.write_addr.next = self.fill_place.val();
        self.lines.write_data.next = self.response_data.val();
        self.tags.write.next = self.fills.val();
        self.tags.write_addr.next = self.fill_place.val();
        self.tags.write_data.next = self.fill_tag.val();

        // Look up.
        self.probe.next = self.pop.val() | (self.missing.val() & !self.first.val());
        self.place.next = self.there.val().get_bits::<4>(0);
        if self.probe.val() {
            self.place.next = self.ask.q.val().get_bits::<4>(0);
        }
        self.lines.read.next = true;
        self.lines.read_addr.next = self.place.val();
        self.tags.read.next = true;
        self.tags.read_addr.next = self.place.val();
        self.clash.next = self.fills.val() & (self.fill_place.val() == self.place.val());
        self.step.next =
            self.accepted.val() | (self.hit.val() & self.first.val()) | self.probe_hit.val();
        self.looked.d.next = !self.probe.val() & !self.clash.val();
        self.probed.d.next = self.probe.val()
            & !self.clash.val()
            & !self.step.val()
            & !self.want.q.val()
            & !self.first.val()
            & (self.lead.q.val() != 3);

        self.used.next = self.pop.val() & (self.pc.val().get_bit(2) | !self.wide.val());
        self.lost.next =
            self.missing.val() & !self.first.val() & !self.want.q.val() & self.at_rest.val();
        if self.step.val() {
            self.ask.d.next = self.ask.q.val() + 1;
        }
        self.lead.d.next = self.lead.q.val() + bit_cast::<2, 1>(self.step.val().into())
            - bit_cast::<2, 1>(self.used.val().into());
        self.want.d.next =
            (self.want.q.val() | (self.probed.q.val() & !self.probe_hit.val())) & !self.step.val();
        if self.redirect.val() | self.lost.val() {
            self.ask.d.next = self.there.val();
            self.lead.d.next = 0.into();
            self.want.d.next = false;
            self.probed.d.next = false;
        }
        if self.reset.val() {
            self.asked_head.d.next = 0.into();
            self.asked_tail.d.next = 0.into();
            self.ask.d.next = 0.into();
            self.lead.d.next = 0.into();
            self.want.d.next = false;
            self.looked.d.next = false;
            self.probed.d.next = false;
        }
    }
}
