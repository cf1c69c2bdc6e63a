//! `Bus`: shares the control block's one SRAM read stream and one write stream among fetch, loads and stores, and port.
//!
//! Requests pass one register: latency one cycle to the SRAM's stream, none on the way back. Answers come in order
//! and are told apart by a queue of four tags. Loads and stores go before fetches, fetches before the port. A read of
//! data or of the port waits until the last write has been taken by the SRAM, so it sees it; fetches do not (that is
//! what `fence.i` is for). An access of the core below `private_base` waits while `busy`; the port's do not.

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
    pub peek_valid: Signal<In, Bit>,
    pub poke_valid: Signal<In, Bit>,
    /// Address of peek or poke.
    pub port_addr: Signal<In, Bits<18>>,
    pub poke_data: Signal<In, Bits<32>>,
    pub peek_ready: Signal<Out, Bit>,
    pub poke_ready: Signal<Out, Bit>,
    pub peek_response: Signal<Out, Bit>,
    /// Data of all three responses; a narrow word is in the low half.
    pub response_data: Signal<Out, Bits<64>>,
    /// No write waits for the SRAM.
    pub drained: Signal<Out, Bit>,
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
    r_valid: DFF<Bit>,
    r_addr: DFF<Bits<18>>,
    w_valid: DFF<Bit>,
    w_addr: DFF<Bits<18>>,
    w_data: DFF<Bits<32>>,
    w_be: DFF<Bits<8>>,
    /// Tags of the answers to come, the next one in tag0.
    tag0: DFF<Asker>,
    tag1: DFF<Asker>,
    tag2: DFF<Asker>,
    tag3: DFF<Asker>,
    tags: DFF<Bits<3>>,
    read_free: Signal<Local, Bit>,
    write_free: Signal<Local, Bit>,
    data_held: Signal<Local, Bit>,
    fetch_held: Signal<Local, Bit>,
    take_data: Signal<Local, Bit>,
    take_fetch: Signal<Local, Bit>,
    take_port: Signal<Local, Bit>,
    asker: Signal<Local, Asker>,
    place: Signal<Local, Bits<3>>,
    twice: Signal<Local, Bits<64>>,
}

impl<const W: usize, const E: usize> Logic for Bus<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, r_valid, r_addr, w_valid, w_addr, w_data, w_be, tag0, tag1, tag2, tag3,
            tags
        );
        self.read_free.next =
            (!self.r_valid.q.val() | self.read_ready.val()) & (self.tags.q.val() < 4);
        self.write_free.next = !self.w_valid.q.val() | self.write_ready.val();
        self.data_held.next = self.busy.val()
            & (bit_cast::<19, 18>(self.data_addr.val()) < self.private_base.val());
        self.fetch_held.next = self.busy.val()
            & (bit_cast::<19, 18>(self.fetch_addr.val()) < self.private_base.val());

        // Reads.
        self.take_data.next = self.data_valid.val()
            & !self.data_write.val()
            & !self.data_held.val()
            & self.read_free.val()
            & self.write_free.val();
        self.take_fetch.next = self.fetch_valid.val()
            & !self.fetch_held.val()
            & self.read_free.val()
            & !self.take_data.val();
        self.take_port.next = self.peek_valid.val()
            & self.read_free.val()
            & self.write_free.val()
            & !self.take_data.val()
            & !self.take_fetch.val();
        self.fetch_ready.next = self.take_fetch.val();
        self.peek_ready.next = self.take_port.val();
        if self.read_ready.val() {
            self.r_valid.d.next = false;
        }
        self.asker.next = Asker::Fetch;
        if self.take_fetch.val() {
            self.r_addr.d.next = self.fetch_addr.val();
        }
        if self.take_data.val() {
            self.r_addr.d.next = self.data_addr.val();
            self.asker.next = Asker::Data;
        }
        if self.take_port.val() {
            self.r_addr.d.next = self.port_addr.val();
            self.asker.next = Asker::Port;
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
        if self.take_data.val() | self.take_fetch.val() | self.take_port.val() {
            self.r_valid.d.next = true;
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
        self.response_data.next = bit_cast::<64, W>(self.read_rsp_data.val());
        self.read_valid.next = self.r_valid.q.val();
        self.read_addr.next = self.r_addr.q.val();

        // Writes.
        self.data_ready.next = self.take_data.val();
        self.poke_ready.next = false;
        if self.write_ready.val() {
            self.w_valid.d.next = false;
        }
        if self.write_free.val() {
            if self.data_valid.val() & self.data_write.val() & !self.data_held.val() {
                self.data_ready.next = true;
                self.w_valid.d.next = true;
                self.w_addr.d.next = self.data_addr.val();
                self.w_data.d.next = self.data_wdata.val();
                self.w_be.d.next = bit_cast::<8, 4>(self.data_be.val());
                if self.wide.val() & self.data_addr.val().get_bit(2) {
                    self.w_be.d.next = bit_cast::<8, 4>(self.data_be.val()) << 4;
                }
            } else if self.poke_valid.val() {
                self.poke_ready.next = true;
                self.w_valid.d.next = true;
                self.w_addr.d.next = self.port_addr.val();
                self.w_data.d.next = self.poke_data.val();
                self.w_be.d.next = 0x0f.into();
                if self.wide.val() & self.port_addr.val().get_bit(2) {
                    self.w_be.d.next = 0xf0.into();
                }
            }
        }
        self.drained.next = !self.w_valid.q.val();
        self.write_valid.next = self.w_valid.q.val();
        self.write_addr.next = self.w_addr.q.val();
        self.twice.next = bit_cast::<64, 32>(self.w_data.q.val())
            | (bit_cast::<64, 32>(self.w_data.q.val()) << 32);
        self.write_data.next = bit_cast::<W, 64>(self.twice.val());
        self.write_be.next = bit_cast::<E, 8>(self.w_be.q.val());

        if self.reset.val() {
            self.r_valid.d.next = false;
            self.w_valid.d.next = false;
            self.tags.d.next = 0.into();
        }
    }
}
