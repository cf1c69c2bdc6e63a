//! `Executor`: carries out the requests of the host link, one at a time and each once (`synfire_format::link`).
//!
//! A word is written in 10 cycles and read in about 22; from the last byte of a READ of one word to the first byte of its
//! response 38 pass (`sim/tests/link_faults.rs` measures both). It waits for the transmitter before each response, and
//! for a PE that takes no packet 2^20 cycles. It sees one PE: the bridge shows it the one that `pe` selects.

use crate::cells::DistRam;
use crate::packet_part::PacketPart;
use crate::request_check::RequestCheck;
use crate::run_control::RunControl;
use crate::session::Session;
use rust_hdl::prelude::*;

/// What the executor does.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum ExecutorState {
    Idle,
    Kind,
    Number,
    Decide,
    /// HELLO: holds the nonce against the session's, then takes it.
    Compare,
    Greet,
    Copy,
    /// Answers a frame that is not carried out.
    Refuse,
    Again,
    /// Keeps the first byte of the payload: the memory's output alone takes a third of a cycle on the ECP5.
    Look,
    Check,
    Address,
    Count,
    Range,
    Target,
    /// Puts a packet together, a byte a cycle.
    Build,
    Offer,
    Answer,
    /// Loads a word of the response.
    Load,
    /// Writes it, a byte a cycle.
    Store,
    /// CONTROL.
    Hold,
    Settle,
    Finish,
    Reply,
    /// The feeder carries it out.
    Delegate,
}

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Executor {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// PEs there are.
    pub pes: Signal<In, Bits<5>>,
    /// Address bits that are 0 in the SRAM.
    pub outside: Signal<In, Bits<32>>,
    // The frame that waits.
    pub waits: Signal<In, Bit>,
    pub length: Signal<In, Bits<8>>,
    pub pop: Signal<Out, Bit>,
    pub damaged: Signal<In, Bit>,
    pub damaged_take: Signal<Out, Bit>,
    pub place: Signal<Out, Bits<8>>,
    pub data: Signal<In, Bits<8>>,
    // The response.
    pub write: Signal<Out, Bit>,
    pub write_addr: Signal<Out, Bits<11>>,
    pub write_data: Signal<Out, Bits<8>>,
    pub start: Signal<Out, Bit>,
    pub answer_kind: Signal<Out, Bits<8>>,
    pub answer_number: Signal<Out, Bits<8>>,
    pub answer_length: Signal<Out, Bits<8>>,
    pub greeting: Signal<Out, Bit>,
    pub sending: Signal<In, Bit>,
    pub sending_slot: Signal<In, Bits<3>>,
    // The feeder, where there is one.
    pub feeder: Signal<In, Bit>,
    pub delegate: Signal<Out, Bit>,
    pub delegated: Signal<Out, Bits<4>>,
    pub feeder_step: Signal<In, Bit>,
    pub feeder_done: Signal<In, Bit>,
    pub feeder_status: Signal<In, Bits<3>>,
    // Counters of the link.
    pub count_carried_out: Signal<Out, Bit>,
    pub count_repeated: Signal<Out, Bit>,
    pub count_out_of_order: Signal<Out, Bit>,
    pub counters_clear: Signal<Out, Bit>,
    pub counters_read: Signal<Out, Bit>,
    pub counters_word: Signal<In, Bits<32>>,
    // The PE's station.
    pub pe: Signal<Out, Bits<4>>,
    pub packet: Signal<Out, Bits<72>>,
    pub offer: Signal<Out, Bit>,
    pub taken: Signal<In, Bit>,
    /// The command reads: what is offered is a peek.
    pub peeks: Signal<Out, Bit>,
    pub asking: Signal<Out, Bit>,
    pub answer: Signal<In, Bit>,
    pub abandon: Signal<Out, Bit>,
    pub blocked: Signal<In, Bit>,
    pub room: Signal<In, Bit>,
    pub message: Signal<In, Bit>,
    pub message_take: Signal<Out, Bit>,
    pub source: Signal<Out, Bits<4>>,
    pub word: Signal<In, Bits<32>>,
    /// `word` is what `source` names.
    pub settled: Signal<In, Bit>,
    pub run_set: Signal<Out, Bit>,
    pub run_value: Signal<Out, Bit>,
    pub restart: Signal<Out, Bit>,
    pub stepping: Signal<Out, Bit>,
    pub stepped: Signal<In, Bit>,
    pub step_done: Signal<Out, Bit>,
    pub hold: Signal<Out, Bit>,
    state: DFF<ExecutorState>,
    session: Session,
    /// Kind and length of the responses kept.
    responses: DistRam<3, 16>,
    // The frame.
    kind: DFF<Bits<8>>,
    number: DFF<Bits<8>>,
    place_q: DFF<Bits<8>>,
    /// The byte of the cycle before.
    first_q: DFF<Bits<8>>,
    next_place: Signal<Local, Bits<8>>,
    after_place: Signal<Local, Bits<8>>,
    /// It waits in the ring; a damaged one does not.
    framed: DFF<Bit>,
    same: DFF<Bit>,
    not_zero: DFF<Bit>,
    /// HELLO without a nonce: a request of the wrong length.
    plain: DFF<Bit>,
    command: Signal<Local, Bits<4>>,
    is_read: Signal<Local, Bit>,
    is_unit: Signal<Local, Bit>,
    is_send: Signal<Local, Bit>,
    check: RequestCheck,
    part: PacketPart,
    // The work.
    /// In words.
    address: DFF<Bits<16>>,
    /// No multiple of 4, or above any SRAM.
    astray: DFF<Bit>,
    /// Words or messages to come.
    left: DFF<Bits<7>>,
    index: DFF<Bits<4>>,
    packet_q: DFF<Bits<72>>,
    parity: DFF<Bit>,
    done: Signal<Local, Bit>,
    wait_q: DFF<Bits<21>>,
    word_q: DFF<Bits<32>>,
    source_q: DFF<Bits<4>>,
    single: Signal<Local, Bit>,
    is_link_counter: Signal<Local, Bit>,
    control: RunControl,
    // The response.
    status: DFF<Bits<3>>,
    size: DFF<Bits<8>>,
    greeting_q: DFF<Bit>,
    answer_byte: Signal<Local, Bits<8>>,
}

impl Executor {
    /// An executor that keeps what it answered in LUT RAM if `distributed`, else in block RAM.
    pub fn new(distributed: bool) -> Self {
        Self {
            responses: DistRam::new(distributed),
            ..Self::default()
        }
    }
}

impl Logic for Executor {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, kind, number, place_q, first_q, framed, same, not_zero, plain,
            address, astray, left, index, packet_q, parity, wait_q, word_q, source_q, status, size,
            greeting_q
        );
        clock!(self, clock, responses, session, control);
        self.pop.next = false;
        self.damaged_take.next = false;
        self.start.next = false;
        self.count_carried_out.next = false;
        self.count_repeated.next = false;
        self.count_out_of_order.next = false;
        self.counters_clear.next = false;
        self.write.next = false;
        self.offer.next = false;
        self.asking.next = false;
        self.abandon.next = false;
        self.message_take.next = false;
        self.responses.write.next = false;
        self.session.reset.next = self.reset.val();
        self.session.number.next = self.number.q.val();
        self.session.index.next = self.index.q.val().get_bits::<2>(0);
        self.session.data.next = self.data.val();
        self.session.keep.next = self.state.q.val() == ExecutorState::Copy;
        self.session.start.next = false;
        self.session.advance.next = self.state.q.val() == ExecutorState::Finish;

        // The bits stand in the frame until it is answered.
        self.control.reset.next = self.reset.val();
        self.control.start.next = false;
        self.control.bits.next = self.data.val().get_bits::<3>(0);
        self.control.stepped.next = self.stepped.val();
        self.run_set.next = self.control.run_set.val();
        self.run_value.next = self.control.run_value.val();
        self.restart.next = self.control.restart.val();
        self.stepping.next = self.control.stepping.val();
        self.step_done.next = self.control.step_done.val();

        self.pe.next = self.kind.q.val().get_bits::<4>(4);
        self.command.next = self.kind.q.val().get_bits::<4>(0);
        self.is_read.next = self.command.val() == 1;
        self.is_unit.next = self.command.val() == 3;
        self.is_send.next = self.command.val() == 4;
        self.after_place.next = self.place_q.q.val() + 1;
        self.next_place.next = self.place_q.q.val();
        self.index.d.next = self.index.q.val() + 1;
        self.wait_q.d.next = self.wait_q.q.val() + 1;

        self.check.command.next = self.command.val();
        self.check.length.next = self.length.val();
        self.check.first.next = self.first_q.q.val();
        self.first_q.d.next = self.data.val();
        self.check.address.next = self.address.q.val();
        self.check.astray.next = self.astray.q.val();
        self.check.outside.next = self.outside.val();
        self.check.words.next = self.left.q.val();
        self.part.command.next = self.command.val();
        self.part.index.next = self.index.q.val();
        self.part.data.next = self.data.val();
        self.part.address.next = self.address.q.val();
        self.part.parity.next = self.parity.q.val();
        // All of the payload went into packets.
        self.done.next = self.place_q.q.val() == (self.length.val() + 2);
        self.single.next = (self.source_q.q.val() == 1) | (self.source_q.q.val() == 14);
        if self.command.val() == 7 {
            self.single.next = false;
        }
        self.is_link_counter.next = (self.command.val() == 7)
            & !self.source_q.q.val().get_bit(3)
            & !(self.source_q.q.val().get_bit(2) & self.source_q.q.val().get_bit(1));
        self.responses.read_addr.next = self.number.q.val().get_bits::<3>(0);

        match self.state.q.val() {
            ExecutorState::Idle => {
                self.next_place.next = 0.into();
                self.index.d.next = 0.into();
                self.size.d.next = 0.into();
                self.status.d.next = 0.into();
                self.same.d.next = true;
                self.not_zero.d.next = false;
                self.plain.d.next = false;
                self.greeting_q.d.next = false;
                self.framed.d.next = !self.damaged.val();
                if self.damaged.val() {
                    self.damaged_take.next = true;
                    self.state.d.next = ExecutorState::Refuse;
                } else if self.waits.val() {
                    self.state.d.next = ExecutorState::Kind;
                }
            }
            ExecutorState::Kind => {
                self.kind.d.next = self.data.val();
                self.next_place.next = 1.into();
                self.state.d.next = ExecutorState::Number;
            }
            ExecutorState::Number => {
                self.number.d.next = self.data.val();
                self.next_place.next = 2.into();
                self.state.d.next = ExecutorState::Decide;
            }
            ExecutorState::Decide => {
                self.index.d.next = 0.into();
                if (self.command.val() == 0) & (self.length.val() == 4) & !self.plain.q.val() {
                    self.state.d.next = ExecutorState::Compare;
                } else if !self.session.open.val() {
                    self.state.d.next = ExecutorState::Refuse;
                } else if self.session.in_order.val() {
                    self.state.d.next = ExecutorState::Look;
                } else if self.session.repeated.val() {
                    self.count_repeated.next = true;
                    self.state.d.next = ExecutorState::Again;
                } else {
                    self.count_out_of_order.next = true;
                    self.state.d.next = ExecutorState::Refuse;
                }
            }
            ExecutorState::Compare => {
                self.next_place.next = self.after_place.val();
                if !self.session.same.val() {
                    self.same.d.next = false;
                }
                if self.data.val() != 0 {
                    self.not_zero.d.next = true;
                }
                if self.index.q.val() == 3 {
                    self.state.d.next = ExecutorState::Greet;
                }
            }
            ExecutorState::Greet => {
                self.next_place.next = 2.into();
                self.index.d.next = 0.into();
                self.plain.d.next = true;
                self.greeting_q.d.next = self.not_zero.q.val();
                self.size.d.next = 28.into();
                if !self.not_zero.q.val() {
                    self.size.d.next = 0.into();
                    self.state.d.next = ExecutorState::Decide;
                } else if self.same.q.val() {
                    self.state.d.next = ExecutorState::Reply;
                } else {
                    self.state.d.next = ExecutorState::Copy;
                }
            }
            ExecutorState::Copy => {
                self.next_place.next = self.after_place.val();
                if self.index.q.val() == 3 {
                    self.session.start.next = true;
                    self.counters_clear.next = true;
                    self.state.d.next = ExecutorState::Reply;
                }
            }
            ExecutorState::Refuse => {
                // EXPECT or NO_SESSION, of PE 0.
                self.kind.d.next = 1.into();
                if !self.session.open.val() {
                    self.kind.d.next = 2.into();
                }
                self.number.d.next = self.session.expected.val();
                self.state.d.next = ExecutorState::Reply;
            }
            ExecutorState::Again => {
                self.kind.d.next = self.responses.q.val().get_bits::<8>(8);
                self.size.d.next = self.responses.q.val().get_bits::<8>(0);
                self.state.d.next = ExecutorState::Reply;
            }
            ExecutorState::Look => {
                self.state.d.next = ExecutorState::Check;
            }
            ExecutorState::Check => {
                self.index.d.next = 0.into();
                self.left.d.next = self.data.val().get_bits::<7>(0);
                self.status.d.next = 4.into();
                if self.command.val().get_bit(3) {
                    self.status.d.next = 3.into();
                    self.state.d.next = ExecutorState::Finish;
                    if self.feeder.val() {
                        self.state.d.next = ExecutorState::Delegate;
                    }
                } else if !self.check.fits.val() {
                    self.state.d.next = ExecutorState::Finish;
                } else {
                    self.status.d.next = 0.into();
                    self.state.d.next = ExecutorState::Target;
                    if self.command.val() < 4 {
                        self.state.d.next = ExecutorState::Address;
                    }
                }
            }
            ExecutorState::Address => {
                self.next_place.next = self.after_place.val();
                if self.index.q.val() == 0 {
                    self.address.d.next = (self.address.q.val() & 0xffc0)
                        | bit_cast::<16, 6>(self.data.val().get_bits::<6>(2));
                    self.astray.d.next = self.data.val().get_bits::<2>(0).any();
                }
                if self.index.q.val() == 1 {
                    self.address.d.next =
                        (self.address.q.val() & 0xc03f) | (bit_cast::<16, 8>(self.data.val()) << 6);
                }
                if self.index.q.val() == 2 {
                    self.address.d.next = (self.address.q.val() & 0x3fff)
                        | (bit_cast::<16, 2>(self.data.val().get_bits::<2>(0)) << 14);
                    self.astray.d.next =
                        self.astray.q.val() | self.data.val().get_bits::<6>(2).any();
                }
                if self.index.q.val() == 3 {
                    self.astray.d.next = self.astray.q.val() | self.data.val().any();
                    self.state.d.next = ExecutorState::Count;
                }
            }
            ExecutorState::Count => {
                // Of a READ its last byte tells.
                self.left.d.next = self.check.writes.val();
                self.state.d.next = ExecutorState::Range;
                if self.is_read.val() {
                    self.left.d.next = self.data.val().get_bits::<7>(0);
                }
            }
            ExecutorState::Range => {
                self.state.d.next = ExecutorState::Target;
                if self.is_read.val() & !self.check.readable.val() {
                    self.status.d.next = 4.into();
                    self.state.d.next = ExecutorState::Finish;
                } else if !self.check.in_sram.val() {
                    self.status.d.next = 5.into();
                    self.state.d.next = ExecutorState::Finish;
                }
            }
            ExecutorState::Target => {
                self.index.d.next = 0.into();
                self.parity.d.next = false;
                self.wait_q.d.next = 0.into();
                // Where the words of the response begin: last program counter, cycles, payload of a message.
                self.source_q.d.next = 0.into();
                if self.is_read.val() {
                    self.source_q.d.next = 3.into();
                }
                if self.command.val() == 5 {
                    self.source_q.d.next = 12.into();
                }
                if bit_cast::<5, 4>(self.pe.val()) >= self.pes.val() {
                    self.status.d.next = 6.into();
                    self.state.d.next = ExecutorState::Finish;
                } else if self.is_read.val() & !self.room.val() {
                    self.status.d.next = 7.into();
                    self.state.d.next = ExecutorState::Finish;
                } else if self.sending.val()
                    & (self.sending_slot.val() == self.number.q.val().get_bits::<3>(0))
                {
                    // The old response of this slot is still on its way.
                    self.state.d.next = ExecutorState::Target;
                } else if !self.command.val().get_bit(2) | self.is_send.val() {
                    self.state.d.next = ExecutorState::Build;
                } else if self.command.val() == 6 {
                    self.state.d.next = ExecutorState::Hold;
                } else {
                    self.state.d.next = ExecutorState::Load;
                }
            }
            ExecutorState::Build => {
                self.packet_q.d.next =
                    (self.packet_q.q.val() >> 8) | (bit_cast::<72, 8>(self.part.q.val()) << 64);
                self.parity.d.next = self.parity.q.val() ^ self.part.q.val().xor();
                if self.is_send.val()
                    | (!self.is_read.val()
                        & !self.index.q.val().get_bit(2)
                        & !self.index.q.val().get_bit(3)
                        & (!self.is_unit.val() | self.index.q.val().get_bit(0)))
                {
                    self.next_place.next = self.after_place.val();
                }
                if self.index.q.val() == 8 {
                    self.address.d.next = self.address.q.val() + 1;
                    self.wait_q.d.next = 0.into();
                    self.state.d.next = ExecutorState::Offer;
                }
            }
            ExecutorState::Offer => {
                self.offer.next = true;
                self.index.d.next = 0.into();
                self.parity.d.next = false;
                if self.taken.val() {
                    self.state.d.next = ExecutorState::Build;
                    if self.is_read.val() {
                        self.state.d.next = ExecutorState::Answer;
                    } else if self.done.val() {
                        self.state.d.next = ExecutorState::Finish;
                    }
                } else if self.wait_q.q.val().get_bit(20) {
                    self.status.d.next = 7.into();
                    self.size.d.next = 0.into();
                    self.state.d.next = ExecutorState::Finish;
                }
            }
            ExecutorState::Answer => {
                self.asking.next = true;
                self.index.d.next = 0.into();
                self.word_q.d.next = self.word.val();
                if self.answer.val() {
                    self.left.d.next = self.left.q.val() - 1;
                    self.state.d.next = ExecutorState::Store;
                } else if self.blocked.val() | self.wait_q.q.val().get_bit(20) {
                    self.abandon.next = true;
                    self.status.d.next = 7.into();
                    self.size.d.next = 0.into();
                    self.state.d.next = ExecutorState::Finish;
                }
            }
            ExecutorState::Load => {
                self.index.d.next = 0.into();
                self.word_q.d.next = self.word.val();
                if self.is_link_counter.val() {
                    self.word_q.d.next = self.counters_word.val();
                }
                // The word follows its source a cycle later, and a counter's comes by.
                if self.settled.val() {
                    self.state.d.next = ExecutorState::Store;
                }
                if (self.source_q.q.val() == 12) & (!self.message.val() | (self.left.q.val() == 0))
                {
                    self.state.d.next = ExecutorState::Finish;
                }
            }
            ExecutorState::Store => {
                self.write.next = true;
                self.size.d.next = self.size.q.val() + 1;
                if self.single.val() | (self.index.q.val() == 3) {
                    self.index.d.next = 0.into();
                    self.source_q.d.next = self.source_q.q.val() + 1;
                    self.state.d.next = ExecutorState::Load;
                    if self.is_read.val() {
                        self.source_q.d.next = self.source_q.q.val();
                        self.state.d.next = ExecutorState::Build;
                        if self.left.q.val() == 0 {
                            self.state.d.next = ExecutorState::Finish;
                        }
                    } else if self.source_q.q.val() == 14 {
                        self.message_take.next = true;
                        self.left.d.next = self.left.q.val() - 1;
                        self.source_q.d.next = 12.into();
                    } else if ((self.command.val() == 6) & (self.source_q.q.val() == 2))
                        | (self.source_q.q.val() == 10)
                    {
                        self.state.d.next = ExecutorState::Finish;
                    }
                }
            }
            ExecutorState::Hold => {
                self.control.start.next = true;
                self.state.d.next = ExecutorState::Settle;
                if self.control.done.val() {
                    self.state.d.next = ExecutorState::Load;
                }
            }
            ExecutorState::Settle => {
                if self.control.done.val() {
                    self.state.d.next = ExecutorState::Load;
                }
            }
            ExecutorState::Delegate => {
                if self.feeder_step.val() {
                    self.next_place.next = self.after_place.val();
                }
                self.status.d.next = self.feeder_status.val();
                if self.feeder_done.val() {
                    self.state.d.next = ExecutorState::Finish;
                }
            }
            ExecutorState::Finish => {
                self.responses.write.next = true;
                self.kind.d.next = self.answer_byte.val();
                self.count_carried_out.next = self.status.q.val() == 0;
                self.state.d.next = ExecutorState::Reply;
            }
            ExecutorState::Reply => {
                if !self.sending.val() {
                    self.start.next = true;
                    self.pop.next = self.framed.q.val();
                    self.state.d.next = ExecutorState::Idle;
                }
            }
        }

        self.peeks.next = self.is_read.val();
        self.delegate.next = self.state.q.val() == ExecutorState::Delegate;
        self.delegated.next = self.command.val();
        self.place_q.d.next = self.next_place.val();
        self.place.next = self.next_place.val();
        self.packet.next = self.packet_q.q.val();
        self.source.next = self.source_q.q.val();
        self.hold.next = (self.command.val() == 7)
            & ((self.source_q.q.val() == 7)
                | ((self.source_q.q.val() == 6) & (self.state.q.val() == ExecutorState::Store)));
        self.counters_read.next =
            (self.state.q.val() == ExecutorState::Load) & self.is_link_counter.val();
        self.write_addr.next = (bit_cast::<11, 3>(self.number.q.val().get_bits::<3>(0)) << 8)
            | bit_cast::<11, 8>(self.size.q.val());
        self.write_data.next = self.word_q.q.val().get_bits::<8>(0);
        if self.index.q.val() == 1 {
            self.write_data.next = self.word_q.q.val().get_bits::<8>(8);
        }
        if self.index.q.val() == 2 {
            self.write_data.next = self.word_q.q.val().get_bits::<8>(16);
        }
        if self.index.q.val() == 3 {
            self.write_data.next = self.word_q.q.val().get_bits::<8>(24);
        }
        self.answer_byte.next = (bit_cast::<8, 4>(self.kind.q.val().get_bits::<4>(4)) << 4)
            | bit_cast::<8, 3>(self.status.q.val());
        self.responses.write_addr.next = self.number.q.val().get_bits::<3>(0);
        self.responses.write_data.next =
            bit_cast::<16, 8>(self.size.q.val()) | (bit_cast::<16, 8>(self.answer_byte.val()) << 8);
        self.answer_kind.next = self.kind.q.val();
        self.answer_number.next = self.number.q.val();
        self.answer_length.next = self.size.q.val();
        self.greeting.next = self.greeting_q.q.val();
        if self.reset.val() {
            self.state.d.next = ExecutorState::Idle;
        }
    }
}
