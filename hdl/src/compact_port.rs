//! `CompactPort`: the router port of the compact PE: pokes, peeks, messages in, multicast packets out.
//!
//! A packet that comes stays on its wires until it has been served: a message four cycles, a poke three, a peek the
//! SRAM's latency more. Messages go to the core's scratch memory, sixteen wait there; one that finds no room stalls the port. Wrong
//! parity, other types and addresses outside the SRAM are dropped and raise `fault` for one cycle. As `Port` it does
//! not route.

use rust_hdl::prelude::*;

/// What the port is doing with the packet before it.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum CompactPortState {
    /// Looks at its type.
    Sort,
    /// Lets go of one that it does not serve, or has served.
    Drop,
    Done,
    Poke,
    /// Waits until an answer has room, and for the SRAM.
    Peek,
    Word,
    /// Lets go of the peek and has its answer: whoever sent it waits for one from then on.
    Told,
    /// The message's payload, then its key.
    Payload,
    Key,
}

/// See the module's comment. Packets are `synfire_format::packet`'s 72 bits.
#[derive(LogicBlock, Default)]
pub struct CompactPort {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Address bits that are 0 in the SRAM.
    pub outside: Signal<In, Bits<32>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_ready: Signal<Out, Bit>,
    pub rx_data: Signal<In, Bits<72>>,
    pub tx_valid: Signal<Out, Bit>,
    pub tx_ready: Signal<In, Bit>,
    pub tx_data: Signal<Out, Bits<72>>,
    /// A message waits in the scratch memory; which is the oldest.
    pub message_valid: Signal<Out, Bit>,
    pub message: Signal<Out, Bits<4>>,
    pub message_taken: Signal<In, Bit>,
    /// Half a message for the scratch memory.
    pub push: Signal<Out, Bit>,
    pub push_place: Signal<Out, Bits<5>>,
    pub push_data: Signal<Out, Bits<32>>,
    pub push_ready: Signal<In, Bit>,
    /// The core's packet: `value` is its payload (0 without one) in the cycle of `send`, its key in that of `send_key`.
    pub send_ready: Signal<Out, Bit>,
    pub send: Signal<In, Bit>,
    pub send_has_payload: Signal<In, Bit>,
    pub send_key: Signal<In, Bit>,
    pub value: Signal<In, Bits<32>>,
    /// The SRAM: address and poked word are the packet's.
    pub peek_valid: Signal<Out, Bit>,
    pub poke_valid: Signal<Out, Bit>,
    pub addr: Signal<Out, Bits<18>>,
    pub data: Signal<Out, Bits<32>>,
    pub ready: Signal<In, Bit>,
    pub response: Signal<In, Bit>,
    pub word: Signal<In, Bits<32>>,
    pub fault: Signal<Out, Bit>,
    state: DFF<CompactPortState>,
    head: DFF<Bits<5>>,
    tail: DFF<Bits<5>>,
    used: Signal<Local, Bits<5>>,
    has_payload: Signal<Local, Bit>,
    kind: Signal<Local, Bits<2>>,
    key: Signal<Local, Bits<32>>,
    payload: Signal<Local, Bits<32>>,
    /// The core's packet has its payload and waits for its key.
    half: DFF<Bit>,
    tx_full: DFF<Bit>,
    tx_key: DFF<Bits<32>>,
    tx_payload: DFF<Bits<32>>,
    tx_kind: DFF<Bit>,
    tx_has: DFF<Bit>,
    body: Signal<Local, Bits<64>>,
    even: Signal<Local, Bit>,
    control_byte: Signal<Local, Bits<8>>,
}

impl Logic for CompactPort {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, state, head, tail, half, tx_full, tx_key, tx_payload, tx_kind, tx_has
        );
        self.has_payload.next = self.rx_data.val().get_bit(65);
        self.kind.next = self.rx_data.val().get_bits::<2>(70);
        self.key.next = self.rx_data.val().get_bits::<32>(32);
        self.payload.next = self.rx_data.val().get_bits::<32>(0);
        self.used.next = self.head.q.val() - self.tail.q.val();
        self.message_valid.next = self.used.val() != 0;
        self.message.next = self.tail.q.val().get_bits::<4>(0);
        if self.message_taken.val() {
            self.tail.d.next = self.tail.q.val() + 1;
        }
        self.addr.next = self.key.val().get_bits::<18>(0) & 0x3_fffc;
        self.data.next = self.payload.val();
        self.rx_ready.next = false;
        self.fault.next = false;
        self.peek_valid.next = false;
        self.poke_valid.next = false;
        self.push.next = false;
        self.push_place.next = bit_cast::<5, 4>(self.head.q.val().get_bits::<4>(0)) << 1;
        self.push_data.next = 0.into();
        if self.has_payload.val() {
            self.push_data.next = self.payload.val();
        }
        if self.state.q.val() == CompactPortState::Key {
            self.push_place.next = (bit_cast::<5, 4>(self.head.q.val().get_bits::<4>(0)) << 1) | 1;
            self.push_data.next = self.key.val();
        }
        if self.tx_ready.val() {
            self.tx_full.d.next = false;
        }

        match self.state.q.val() {
            CompactPortState::Sort => {
                if self.rx_valid.val() {
                    self.state.d.next = CompactPortState::Drop;
                    if self.rx_data.val().xor() {
                        if self.kind.val() == 0 {
                            self.state.d.next = CompactPortState::Payload;
                        }
                        if (self.kind.val() == 2) & ((self.key.val() & self.outside.val()) == 0) {
                            self.state.d.next = CompactPortState::Peek;
                            if self.has_payload.val() {
                                self.state.d.next = CompactPortState::Poke;
                            }
                        }
                    }
                }
            }
            CompactPortState::Drop => {
                self.fault.next = true;
                self.rx_ready.next = true;
                self.state.d.next = CompactPortState::Sort;
            }
            // From a register alone: whoever sends looks at it late.
            CompactPortState::Done => {
                self.rx_ready.next = true;
                self.state.d.next = CompactPortState::Sort;
            }
            CompactPortState::Poke => {
                self.poke_valid.next = true;
                if self.ready.val() {
                    self.state.d.next = CompactPortState::Done;
                }
            }
            CompactPortState::Peek => {
                self.peek_valid.next = !self.tx_full.q.val() & !self.half.q.val();
                if self.ready.val() & !self.tx_full.q.val() & !self.half.q.val() {
                    self.state.d.next = CompactPortState::Word;
                }
            }
            CompactPortState::Word => {
                if self.response.val() {
                    self.state.d.next = CompactPortState::Told;
                }
            }
            CompactPortState::Told => {
                self.rx_ready.next = true;
                self.tx_full.d.next = true;
                self.state.d.next = CompactPortState::Sort;
            }
            CompactPortState::Payload => {
                self.push.next = !self.used.val().get_bit(4);
                if self.push_ready.val() & !self.used.val().get_bit(4) {
                    self.state.d.next = CompactPortState::Key;
                }
            }
            CompactPortState::Key => {
                self.push.next = true;
                if self.push_ready.val() {
                    self.head.d.next = self.head.q.val() + 1;
                    self.state.d.next = CompactPortState::Done;
                }
            }
        }

        // Packets out. The core's wait while an answer needs the place.
        self.send_ready.next = !self.tx_full.q.val()
            & (self.state.q.val() != CompactPortState::Peek)
            & (self.state.q.val() != CompactPortState::Word)
            & (self.state.q.val() != CompactPortState::Told);
        if self.send.val() {
            self.half.d.next = true;
            self.tx_payload.d.next = 0.into();
            if self.send_has_payload.val() {
                self.tx_payload.d.next = self.value.val();
            }
            self.tx_kind.d.next = false;
            self.tx_has.d.next = self.send_has_payload.val();
        }
        if self.send_key.val() {
            self.half.d.next = false;
            self.tx_full.d.next = true;
            self.tx_key.d.next = self.value.val();
        }
        if self.state.q.val() == CompactPortState::Word {
            self.tx_payload.d.next = self.word.val();
            self.tx_key.d.next = self.key.val();
            self.tx_kind.d.next = true;
            self.tx_has.d.next = true;
        }
        self.tx_valid.next = self.tx_full.q.val();
        self.body.next = bit_cast::<64, 32>(self.tx_payload.q.val())
            | (bit_cast::<64, 32>(self.tx_key.q.val()) << 32);
        // Odd parity over the packet: bit 0 of the control byte is 1 where the other bits hold an even number of ones.
        self.even.next = !(self.body.val().xor() ^ self.tx_kind.q.val() ^ self.tx_has.q.val());
        self.control_byte.next = (bit_cast::<8, 1>(self.tx_kind.q.val().into()) << 7)
            | (bit_cast::<8, 1>(self.tx_has.q.val().into()) << 1)
            | bit_cast::<8, 1>(self.even.val().into());
        self.tx_data.next = bit_cast::<72, 64>(self.body.val())
            | (bit_cast::<72, 8>(self.control_byte.val()) << 64);

        if self.reset.val() {
            self.state.d.next = CompactPortState::Sort;
            self.head.d.next = 0.into();
            self.tail.d.next = 0.into();
            self.half.d.next = false;
            self.tx_full.d.next = false;
        }
    }
}
