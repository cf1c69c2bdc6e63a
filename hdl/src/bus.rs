//! `Bus`: shares the control block's one SRAM read stream and one write stream among fetch, loads and stores, and port.
//!
//! Combinational both ways: the SRAM's streams have queues of their own. Answers come in order and are told apart by
//! a queue of four tags. Loads and stores go before fetches, fetches before the port; an address that was offered and
//! not taken may change. An access of the core below `private_base` waits while `busy`; the port's do not. An
//! early load is refused while `busy`, since its address comes too late to be compared.

use rust_hdl::prelude::*;

/// Who gets an answer.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum Asker {
    Fetch,
    Data,
    Port,
}

/// `W` = SRAM word in bits (32 or 64), `E` = its byte enables.
#[derive(LogicBlock, Default)]
pub struct Bus<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// True for W = 64.
    pub wide: Signal<In, Bit>,
    /// An engine's chain runs.
    pub busy: Signal<In, Bit>,
    pub private_base: Signal<In, Bits<19>>,
    pub fetch_valid: Signal<In, Bit>,
    pub fetch_addr: Signal<In, Bits<18>>,
    pub fetch_ready: Signal<Out, Bit>,
    pub fetch_response: Signal<Out, Bit>,
    pub data_valid: Signal<In, Bit>,
    pub data_write: Signal<In, Bit>,
    pub data_addr: Signal<In, Bits<18>>,
    pub data_wdata: Signal<In, Bits<32>>,
    pub data_be: Signal<In, Bits<4>>,
    pub data_ready: Signal<Out, Bit>,
    pub data_response: Signal<Out, Bit>,
    /// A load in its first cycle, with an address that settles late.
    pub early_valid: Signal<In, Bit>,
    pub early_addr: Signal<In, Bits<18>>,
    pub early_ready: Signal<Out, Bit>,
    pub peek_valid: Signal<In, Bit>,
    pub poke_valid: Signal<In, Bit>,
    /// Address of peek or poke.
    pub port_addr: Signal<In, Bits<18>>,
    pub poke_data: Signal<In, Bits<32>>,
    pub peek_ready: Signal<Out, Bit>,
    pub poke_ready: Signal<Out, Bit>,
    pub peek_response: Signal<Out, Bit>,
    /// Data of all responses; a narrow word is in the low half.
    pub response_data: Signal<Out, Bits<64>>,
    /// The 32-bit word of it that was asked for: by the port in its response, else by a load.
    pub response_word: Signal<Out, Bits<32>>,
    pub read_valid: Signal<Out, Bit>,
    pub read_addr: Signal<Out, Bits<18>>,
    pub read_ready: Signal<In, Bit>,
    pub read_rsp_valid: Signal<In, Bit>,
    pub read_rsp_data: Signal<In, Bits<W>>,
    pub write_valid: Signal<Out, Bit>,
    pub write_addr: Signal<Out, Bits<18>>,
    pub write_data: Signal<Out, Bits<W>>,
    pub write_be: Signal<Out, Bits<E>>,
    pub write_ready: Signal<In, Bit>,
    /// Tags of the answers to come, the next one in tag0.
    tag0: DFF<Asker>,
    tag1: DFF<Asker>,
    tag2: DFF<Asker>,
    tag3: DFF<Asker>,
    tags: DFF<Bits<3>>,
    free: Signal<Local, Bit>,
    data_held: Signal<Local, Bit>,
    fetch_held: Signal<Local, Bit>,
    early: Signal<Local, Bit>,
    data: Signal<Local, Bit>,
    fetch: Signal<Local, Bit>,
    peek: Signal<Local, Bit>,
    store: Signal<Local, Bit>,
    be: Signal<Local, Bits<8>>,
    word: Signal<Local, Bits<32>>,
    high: Signal<Local, Bit>,
    asker: Signal<Local, Asker>,
    place: Signal<Local, Bits<3>>,
    twice: Signal<Local, Bits<64>>,
    padded: Signal<Local, Bits<64>>,
    upper: Signal<Local, Bit>,
}

impl<const W: usize, const E: usize> Logic for Bus<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, tag0, tag1, tag2, tag3, tags);
        self.free.next = self.tags.q.val() < 4;
        self.data_held.next =
            self.busy.val() & (bit_cast::<19, 18>(self.data_addr.val()) < self.private_base.val());
        self.fetch_held.next =
            self.busy.val() & (bit_cast::<19, 18>(self.fetch_addr.val()) < self.private_base.val());

        // Reads.
        self.early.next = self.early_valid.val() & !self.busy.val();
        self.data.next = self.data_valid.val() & !self.data_write.val() & !self.data_held.val();
        self.fetch.next =
            self.fetch_valid.val() & !self.fetch_held.val() & !self.early.val() & !self.data.val();
        self.peek.next =
            self.peek_valid.val() & !self.early.val() & !self.data.val() & !self.fetch.val();
        self.read_valid.next = self.free.val()
            & (self.early.val() | self.data.val() | self.fetch.val() | self.peek.val());
        self.early_ready.next = self.early.val() & self.free.val() & self.read_ready.val();
        self.fetch_ready.next = self.fetch.val() & self.free.val() & self.read_ready.val();
        self.peek_ready.next = self.peek.val() & self.free.val() & self.read_ready.val();
        self.read_addr.next = self.port_addr.val();
        self.asker.next = Asker::Port;
        if self.fetch.val() {
            self.read_addr.next = self.fetch_addr.val();
            self.asker.next = Asker::Fetch;
        }
        if self.data.val() {
            self.read_addr.next = self.data_addr.val();
            self.asker.next = Asker::Data;
        }
        if self.early.val() {
            self.read_addr.next = self.early_addr.val();
            self.asker.next = Asker::Data;
        }
        self.place.next = self.tags.q.val();
        self.fetch_response.next = false;
        self.data_response.next = false;
        self.peek_response.next = false;
        if self.read_rsp_valid.val() {
            self.fetch_response.next = self.tag0.q.val() == Asker::Fetch;
            self.data_response.next = self.tag0.q.val() == Asker::Data;
            self.peek_response.next = self.tag0.q.val() == Asker::Port;
            self.tag0.d.next = self.tag1.q.val();
            self.tag1.d.next = self.tag2.q.val();
            self.tag2.d.next = self.tag3.q.val();
            self.place.next = self.tags.q.val() - 1;
            self.tags.d.next = self.tags.q.val() - 1;
        }
        if self.free.val()
            & self.read_ready.val()
            & (self.early.val() | self.data.val() | self.fetch.val() | self.peek.val())
        {
            self.tags.d.next = self.place.val() + 1;
            if self.place.val() == 0 {
                self.tag0.d.next = self.asker.val();
            }
            if self.place.val() == 1 {
                self.tag1.d.next = self.asker.val();
            }
            if self.place.val() == 2 {
                self.tag2.d.next = self.asker.val();
            }
            if self.place.val() == 3 {
                self.tag3.d.next = self.asker.val();
            }
        }
        self.padded.next = bit_cast::<64, W>(self.read_rsp_data.val());
        self.response_data.next = self.padded.val();
        self.upper.next = self.data_addr.val().get_bit(2);
        if self.tag0.q.val() == Asker::Port {
            self.upper.next = self.port_addr.val().get_bit(2);
        }
        self.response_word.next = self.padded.val().get_bits::<32>(0);
        if self.wide.val() & self.upper.val() {
            self.response_word.next = self.padded.val().get_bits::<32>(32);
        }

        // Writes.
        self.store.next = self.data_valid.val() & self.data_write.val() & !self.data_held.val();
        self.write_valid.next = self.store.val() | self.poke_valid.val();
        self.data_ready.next = (self.data.val() & self.free.val() & self.read_ready.val())
            | (self.store.val() & self.write_ready.val());
        self.poke_ready.next = !self.store.val() & self.write_ready.val();
        self.write_addr.next = self.port_addr.val();
        self.word.next = self.poke_data.val();
        self.be.next = 0x0f.into();
        self.high.next = self.port_addr.val().get_bit(2);
        if self.store.val() {
            self.write_addr.next = self.data_addr.val();
            self.word.next = self.data_wdata.val();
            self.be.next = bit_cast::<8, 4>(self.data_be.val());
            self.high.next = self.data_addr.val().get_bit(2);
        }
        if self.wide.val() & self.high.val() {
            self.be.next = self.be.val() << 4;
        }
        self.twice.next =
            bit_cast::<64, 32>(self.word.val()) | (bit_cast::<64, 32>(self.word.val()) << 32);
        self.write_data.next = bit_cast::<W, 64>(self.twice.val());
        self.write_be.next = bit_cast::<E, 8>(self.be.val());

        if self.reset.val() {
            self.tags.d.next = 0.into();
        }
    }
}
