//! `FrameTransmitter`: sends one response: END, kind, number, payload, CRC, END.
//!
//! The payload comes from a slot of the memory of responses, filled here by the executor, or is the machine's identity.
//! The first byte is out a cycle after `start`; then a byte each time the line is ready, two for one that is escaped. Before
//! each byte of the payload it waits a cycle: the memory's output alone takes a third of a cycle on the ECP5.
//! It does not know which responses are kept.

use crate::crc32::Crc32;
use crate::frame_ram::FrameRam;
use crate::slip::SlipEncoder;
use rust_hdl::prelude::*;

/// What goes out.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum SendState {
    Idle,
    Open,
    Kind,
    Number,
    /// Takes a byte of the payload.
    Fetch,
    Payload,
    Crc,
    Close,
}

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct FrameTransmitter {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// While not `busy`: sends this.
    pub start: Signal<In, Bit>,
    pub kind: Signal<In, Bits<8>>,
    pub number: Signal<In, Bits<8>>,
    /// Bytes of payload.
    pub length: Signal<In, Bits<8>>,
    /// The payload is the identity.
    pub greeting: Signal<In, Bit>,
    pub busy: Signal<Out, Bit>,
    /// Slot in use while `busy`.
    pub slot: Signal<Out, Bits<3>>,
    /// Payload of HELLO's response, first byte lowest.
    pub identity: Signal<In, Bits<224>>,
    /// Memory of responses: a byte of a slot that is not in use.
    pub write: Signal<In, Bit>,
    pub write_addr: Signal<In, Bits<11>>,
    pub write_data: Signal<In, Bits<8>>,
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out_data: Signal<Out, Bits<8>>,
    slip: SlipEncoder,
    crc: Crc32,
    ram: FrameRam,
    state: DFF<SendState>,
    kind_q: DFF<Bits<8>>,
    number_q: DFF<Bits<8>>,
    length_q: DFF<Bits<8>>,
    greeting_q: DFF<Bit>,
    /// The payload's byte that goes out.
    byte_q: DFF<Bits<8>>,
    place: DFF<Bits<8>>,
    next_place: Signal<Local, Bits<8>>,
    after: Signal<Local, Bits<8>>,
    identity_bit: Signal<Local, Bits<8>>,
    moves: Signal<Local, Bit>,
}

impl Logic for FrameTransmitter {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, kind_q, number_q, length_q, greeting_q, byte_q, place
        );
        clock!(self, clock, slip, crc, ram);
        self.slip.reset.next = self.reset.val();
        self.busy.next = self.state.q.val() != SendState::Idle;
        self.slot.next = self.number_q.q.val().get_bits::<3>(0);
        self.ram.write.next = self.write.val();
        self.ram.write_addr.next = self.write_addr.val();
        self.ram.write_data.next = self.write_data.val();
        self.slip.out_ready.next = self.out_ready.val();
        self.out_valid.next = self.slip.out_valid.val();
        self.out_data.next = self.slip.out_data.val();
        self.moves.next = self.slip.in_ready.val();

        self.slip.in_valid.next =
            (self.state.q.val() != SendState::Idle) & (self.state.q.val() != SendState::Fetch);
        self.slip.mark.next = false;
        self.slip.in_data.next = self.kind_q.q.val();
        self.crc.step.next = false;
        self.crc.clear.next = self.state.q.val() == SendState::Idle;
        self.after.next = self.place.q.val() + 1;
        self.next_place.next = self.place.q.val();
        self.identity_bit.next = bit_cast::<8, 5>(self.place.q.val().get_bits::<5>(0)) << 3;
        match self.state.q.val() {
            SendState::Idle => {
                self.next_place.next = 0.into();
                self.kind_q.d.next = self.kind.val();
                self.length_q.d.next = self.length.val();
                self.greeting_q.d.next = self.greeting.val();
                if self.start.val() {
                    self.number_q.d.next = self.number.val();
                    self.state.d.next = SendState::Open;
                }
            }
            SendState::Open => {
                self.slip.mark.next = true;
                if self.moves.val() {
                    self.state.d.next = SendState::Kind;
                }
            }
            SendState::Kind => {
                self.crc.step.next = self.moves.val();
                if self.moves.val() {
                    self.state.d.next = SendState::Number;
                }
            }
            SendState::Number => {
                self.slip.in_data.next = self.number_q.q.val();
                self.crc.step.next = self.moves.val();
                if self.moves.val() {
                    self.state.d.next = SendState::Fetch;
                    if self.length_q.q.val() == 0 {
                        self.state.d.next = SendState::Crc;
                    }
                }
            }
            SendState::Fetch => {
                self.byte_q.d.next = self.ram.q.val();
                if self.greeting_q.q.val() {
                    self.byte_q.d.next = self
                        .identity
                        .val()
                        .get_bits::<8>(self.identity_bit.val().index());
                }
                self.state.d.next = SendState::Payload;
            }
            SendState::Payload => {
                self.slip.in_data.next = self.byte_q.q.val();
                self.crc.step.next = self.moves.val();
                if self.moves.val() {
                    self.state.d.next = SendState::Fetch;
                    self.next_place.next = self.after.val();
                    if self.after.val() == self.length_q.q.val() {
                        self.next_place.next = 0.into();
                        self.state.d.next = SendState::Crc;
                    }
                }
            }
            SendState::Crc => {
                self.slip.in_data.next = !self.crc.value.val().get_bits::<8>(0);
                if self.place.q.val() == 1 {
                    self.slip.in_data.next = !self.crc.value.val().get_bits::<8>(8);
                }
                if self.place.q.val() == 2 {
                    self.slip.in_data.next = !self.crc.value.val().get_bits::<8>(16);
                }
                if self.place.q.val() == 3 {
                    self.slip.in_data.next = !self.crc.value.val().get_bits::<8>(24);
                }
                if self.moves.val() {
                    self.next_place.next = self.after.val();
                    if self.place.q.val() == 3 {
                        self.state.d.next = SendState::Close;
                    }
                }
            }
            SendState::Close => {
                self.slip.mark.next = true;
                if self.moves.val() {
                    self.state.d.next = SendState::Idle;
                }
            }
        }
        self.crc.data.next = self.slip.in_data.val();
        self.place.d.next = self.next_place.val();
        self.ram.read_addr.next = (bit_cast::<11, 3>(self.number_q.q.val().get_bits::<3>(0)) << 8)
            | bit_cast::<11, 8>(self.next_place.val());
        if self.reset.val() {
            self.state.d.next = SendState::Idle;
        }
    }
}
