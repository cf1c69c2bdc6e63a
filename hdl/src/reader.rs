//! `Reader`: one read stream shared by two requesters, each response with the tag of its request.
//!
//! A request waits in one register; at most eight are on their way. `a` goes before `b`.

use crate::cells::Fifo;
use rust_hdl::prelude::*;

/// The engine's end of one read stream.
#[derive(LogicBlock, Default)]
pub struct Reader<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub a_valid: Signal<In, Bit>,
    pub a_addr: Signal<In, Bits<18>>,
    pub a_tag: Signal<In, Bits<16>>,
    pub a_ready: Signal<Out, Bit>,
    pub b_valid: Signal<In, Bit>,
    pub b_addr: Signal<In, Bits<18>>,
    pub b_tag: Signal<In, Bits<16>>,
    pub b_ready: Signal<Out, Bit>,
    pub tag: Signal<Out, Bits<16>>,
    // The stream.
    pub valid: Signal<Out, Bit>,
    pub addr: Signal<Out, Bits<18>>,
    pub ready: Signal<In, Bit>,
    pub rsp_valid: Signal<In, Bit>,
    valid_q: DFF<Bit>,
    addr_q: DFF<Bits<18>>,
    tag_q: DFF<Bits<16>>,
    tags: Fifo<16, 3, 4>,
    /// `tags` has room: a register, as its counters are too late to decide who asks.
    room: DFF<Bit>,
    push: Signal<Local, Bit>,
    accept: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
}

impl<const W: usize> Logic for Reader<W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, valid_q, addr_q, tag_q, room);
        clock!(self, clock, tags);
        self.valid.next = self.valid_q.q.val() & self.room.q.val();
        self.addr.next = self.addr_q.q.val();
        self.accept.next = self.valid_q.q.val() & self.room.q.val() & self.ready.val();
        self.free.next = !self.valid_q.q.val() | (self.room.q.val() & self.ready.val());
        self.push.next = self.accept.val();
        // Whether fewer than eight are on their way after this cycle.
        self.room.d.next = self.tags.level.val() < 7;
        if self.tags.level.val() == 7 {
            self.room.d.next = !self.push.val() | self.rsp_valid.val();
        } else if self.tags.level.val() == 8 {
            self.room.d.next = self.rsp_valid.val();
        }
        self.a_ready.next = self.free.val();
        self.b_ready.next = self.free.val() & !self.a_valid.val();
        self.tags.reset.next = self.reset.val();
        self.tags.in_valid.next = self.push.val();
        self.tags.in_data.next = self.tag_q.q.val();
        self.tags.out_ready.next = self.rsp_valid.val();
        self.tag.next = self.tags.out_data.val();
        if self.free.val() {
            self.valid_q.d.next = self.a_valid.val() | self.b_valid.val();
            self.addr_q.d.next = self.b_addr.val();
            self.tag_q.d.next = self.b_tag.val();
            if self.a_valid.val() {
                self.addr_q.d.next = self.a_addr.val();
                self.tag_q.d.next = self.a_tag.val();
            }
        }
        if self.reset.val() {
            self.room.d.next = true;
            self.valid_q.d.next = false;
        }
    }
}
