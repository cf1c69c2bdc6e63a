//! `Session`: which requests of the host link are new, which are repeated, and whose session it is.
//!
//! All answers come in the same cycle. It does not read frames: the executor shows it their number and nonce.

use crate::cells::DistRam;
use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Session {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Number of the frame.
    pub number: Signal<In, Bits<8>>,
    /// Byte of a nonce, and which; `same` where the session's has the same, `keep` makes it the session's.
    pub index: Signal<In, Bits<2>>,
    pub data: Signal<In, Bits<8>>,
    pub same: Signal<Out, Bit>,
    pub keep: Signal<In, Bit>,
    /// A session starts with this frame.
    pub start: Signal<In, Bit>,
    /// The frame is carried out and its response kept.
    pub advance: Signal<In, Bit>,
    pub open: Signal<Out, Bit>,
    /// The frame has the number expected, or one of a response that is kept.
    pub in_order: Signal<Out, Bit>,
    pub repeated: Signal<Out, Bit>,
    /// 0 before the first session.
    pub expected: Signal<Out, Bits<8>>,
    nonce: DistRam<2, 8>,
    started: DFF<Bit>,
    next_number: DFF<Bits<8>>,
    /// Responses kept, at most eight.
    kept: DFF<Bits<4>>,
    behind: Signal<Local, Bits<8>>,
}

impl Logic for Session {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, started, next_number, kept);
        clock!(self, clock, nonce);
        self.nonce.write.next = self.keep.val();
        self.nonce.write_addr.next = self.index.val();
        self.nonce.read_addr.next = self.index.val();
        self.nonce.write_data.next = self.data.val();
        self.same.next = (self.data.val() == self.nonce.q.val()) & self.started.q.val();
        self.behind.next = self.next_number.q.val() - self.number.val();
        self.open.next = self.started.q.val();
        self.in_order.next = self.behind.val() == 0;
        self.repeated.next = self.behind.val() <= bit_cast::<8, 4>(self.kept.q.val());
        self.expected.next = self.next_number.q.val();
        if self.advance.val() {
            self.next_number.d.next = self.next_number.q.val() + 1;
            if !self.kept.q.val().get_bit(3) {
                self.kept.d.next = self.kept.q.val() + 1;
            }
        }
        if self.start.val() {
            self.started.d.next = true;
            self.next_number.d.next = self.number.val() + 1;
            self.kept.d.next = 0.into();
        }
        if self.reset.val() {
            self.started.d.next = false;
            self.next_number.d.next = 0.into();
            self.kept.d.next = 0.into();
        }
    }
}
