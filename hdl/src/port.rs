//! `Port`: the router port of a PE: pokes, peeks, messages in, multicast packets out.
//!
//! One packet at a time, in order: a poke two cycles (once the SRAM takes it), a message two, a peek the SRAM's latency. A
//! message that finds the queue of sixteen full stalls the port. Wrong parity, other types and addresses
//! outside the SRAM are dropped and raise `fault` for one cycle. It does not route: a packet that arrives is for this
//! PE.

use rust_hdl::prelude::*;

use crate::block_ram::BlockRam;

/// What the port is doing with the packet it holds.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum PortState {
    /// Takes a packet.
    Idle,
    /// Looks at its type.
    Sort,
    Poke,
    /// Waits until an answer has room, and for the SRAM.
    Peek,
    /// Waits for the word, which goes out at once.
    Word,
}

/// See the module's comment. Packets are `synfire_format::packet`'s 72 bits.
#[derive(LogicBlock, Default)]
pub struct Port {
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
    /// A message waits; `message_key` and `message_payload` (0 without one) are valid.
    pub message_valid: Signal<Out, Bit>,
    pub message_key: Signal<Out, Bits<32>>,
    pub message_payload: Signal<Out, Bits<32>>,
    pub message_take: Signal<In, Bit>,
    pub send_valid: Signal<In, Bit>,
    pub send_key: Signal<In, Bits<32>>,
    pub send_payload: Signal<In, Bits<32>>,
    pub send_has_payload: Signal<In, Bit>,
    pub send_ready: Signal<Out, Bit>,
    pub peek_valid: Signal<Out, Bit>,
    pub peek_ready: Signal<In, Bit>,
    pub poke_valid: Signal<Out, Bit>,
    pub poke_ready: Signal<In, Bit>,
    /// Address of peek or poke, multiple of 4.
    pub addr: Signal<Out, Bits<18>>,
    pub poke_data: Signal<Out, Bits<32>>,
    pub response: Signal<In, Bit>,
    pub response_word: Signal<In, Bits<32>>,
    pub fault: Signal<Out, Bit>,
    state: DFF<PortState>,
    key: DFF<Bits<32>>,
    payload: DFF<Bits<32>>,
    /// Type and payload flag.
    kind: DFF<Bits<2>>,
    has_payload: DFF<Bit>,
    odd: DFF<Bit>,
    fault_q: DFF<Bit>,
    queue: BlockRam<4, 64>,
    write_ptr: DFF<Bits<4>>,
    read_ptr: DFF<Bits<4>>,
    /// Messages in the queue, beside the one at its output.
    stored: DFF<Bits<5>>,
    head_valid: DFF<Bit>,
    tx_full: DFF<Bit>,
    tx_key: DFF<Bits<32>>,
    tx_payload: DFF<Bits<32>>,
    tx_kind: DFF<Bit>,
    tx_has: DFF<Bit>,
    push: Signal<Local, Bit>,
    shift: Signal<Local, Bit>,
    tx_free: Signal<Local, Bit>,
    even: Signal<Local, Bit>,
    body: Signal<Local, Bits<64>>,
    control_byte: Signal<Local, Bits<8>>,
}

impl Logic for Port {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            key,
            payload,
            kind,
            has_payload,
            odd,
            fault_q,
            write_ptr,
            read_ptr,
            stored,
            head_valid,
            tx_full,
            tx_key,
            tx_payload,
            tx_kind,
            tx_has
        );
        clock!(self, clock, queue);
        self.push.next = false;
        self.fault_q.d.next = false;
        self.peek_valid.next = false;
        self.poke_valid.next = false;
        self.rx_ready.next = self.state.q.val() == PortState::Idle;
        self.addr.next = self.key.q.val().get_bits::<18>(0) & 0x3_fffc;
        self.poke_data.next = self.payload.q.val();
        self.tx_free.next = !self.tx_full.q.val() | self.tx_ready.val();
        if self.tx_ready.val() {
            self.tx_full.d.next = false;
        }

        match self.state.q.val() {
            PortState::Idle => {
                self.key.d.next = self.rx_data.val().get_bits::<32>(32);
                self.payload.d.next = 0.into();
                if self.rx_data.val().get_bit(65) {
                    self.payload.d.next = self.rx_data.val().get_bits::<32>(0);
                }
                self.kind.d.next = self.rx_data.val().get_bits::<2>(70);
                self.has_payload.d.next = self.rx_data.val().get_bit(65);
                self.odd.d.next = self.rx_data.val().xor();
                if self.rx_valid.val() {
                    self.state.d.next = PortState::Sort;
                }
            }
            PortState::Sort => {
                if self.odd.q.val() & (self.kind.q.val() == 0) {
                    if !self.stored.q.val().get_bit(4) {
                        self.push.next = true;
                        self.state.d.next = PortState::Idle;
                    }
                } else if self.odd.q.val()
                    & (self.kind.q.val() == 2)
                    & ((self.key.q.val() & self.outside.val()) == 0)
                {
                    self.state.d.next = PortState::Peek;
                    if self.has_payload.q.val() {
                        self.state.d.next = PortState::Poke;
                    }
                } else {
                    self.fault_q.d.next = true;
                    self.state.d.next = PortState::Idle;
                }
            }
            PortState::Poke => {
                self.poke_valid.next = true;
                if self.poke_ready.val() {
                    self.state.d.next = PortState::Idle;
                }
            }
            PortState::Peek => {
                self.peek_valid.next = !self.tx_full.q.val();
                if self.peek_ready.val() & !self.tx_full.q.val() {
                    self.state.d.next = PortState::Word;
                }
            }
            PortState::Word => {
                if self.response.val() {
                    self.state.d.next = PortState::Idle;
                }
            }
        }

        // Packets out. The core's wait while an answer needs the place.
        // The ready is written out beside `tx_free`: it must not share logic with what its valid changes.
        self.send_ready.next = (!self.tx_full.q.val() | self.tx_ready.val())
            & (self.state.q.val() != PortState::Peek)
            & (self.state.q.val() != PortState::Word);
        if self.state.q.val() == PortState::Word {
            self.tx_full.d.next = self.response.val();
            self.tx_key.d.next = self.key.q.val();
            self.tx_payload.d.next = self.response_word.val();
            self.tx_kind.d.next = true;
            self.tx_has.d.next = true;
        } else if self.tx_free.val() {
            self.tx_full.d.next = self.send_valid.val() & (self.state.q.val() != PortState::Peek);
            self.tx_key.d.next = self.send_key.val();
            self.tx_payload.d.next = 0.into();
            if self.send_has_payload.val() {
                self.tx_payload.d.next = self.send_payload.val();
            }
            self.tx_kind.d.next = false;
            self.tx_has.d.next = self.send_has_payload.val();
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

        // Message queue: its output register is one place more.
        self.queue.write.next = self.push.val();
        self.queue.write_addr.next = self.write_ptr.q.val();
        self.queue.write_data.next =
            bit_cast::<64, 32>(self.payload.q.val()) | (bit_cast::<64, 32>(self.key.q.val()) << 32);
        self.shift.next =
            (self.stored.q.val() != 0) & (!self.head_valid.q.val() | self.message_take.val());
        self.queue.read.next = self.shift.val();
        self.queue.read_addr.next = self.read_ptr.q.val();
        self.message_valid.next = self.head_valid.q.val();
        self.message_payload.next = self.queue.q.val().get_bits::<32>(0);
        self.message_key.next = self.queue.q.val().get_bits::<32>(32);
        if self.message_take.val() {
            self.head_valid.d.next = false;
        }
        if self.shift.val() {
            self.head_valid.d.next = true;
            self.read_ptr.d.next = self.read_ptr.q.val() + 1;
        }
        if self.push.val() {
            self.write_ptr.d.next = self.write_ptr.q.val() + 1;
        }
        self.stored.d.next = self.stored.q.val() + bit_cast::<5, 1>(self.push.val().into())
            - bit_cast::<5, 1>(self.shift.val().into());
        self.fault.next = self.fault_q.q.val();

        if self.reset.val() {
            self.state.d.next = PortState::Idle;
            self.fault_q.d.next = false;
            self.write_ptr.d.next = 0.into();
            self.read_ptr.d.next = 0.into();
            self.stored.d.next = 0.into();
            self.head_valid.d.next = false;
            self.tx_full.d.next = false;
        }
    }
}
