//! `SlipDecoder` and `SlipEncoder`: frames between END bytes, after RFC 1055 (`synfire_format::link`).
//!
//! The decoder takes a byte a cycle and never waits; the encoder moves a byte where valid and ready meet, two for one
//! that must be escaped. Both answer in the same cycle. They do not know what a frame holds.

use rust_hdl::prelude::*;

/// Bytes of the line in; bytes of frames and their ends out.
#[derive(LogicBlock, Default)]
pub struct SlipDecoder {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_data: Signal<In, Bits<8>>,
    pub out_valid: Signal<Out, Bit>,
    pub out_data: Signal<Out, Bits<8>>,
    /// An END came.
    pub frame_end: Signal<Out, Bit>,
    /// What follows an ESCAPE means nothing: the frame is damaged.
    pub bad: Signal<Out, Bit>,
    escaped: DFF<Bit>,
}

impl Logic for SlipDecoder {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, escaped);
        self.out_valid.next = false;
        self.out_data.next = self.in_data.val();
        self.frame_end.next = false;
        self.bad.next = false;
        if self.in_valid.val() {
            self.escaped.d.next = false;
            if self.in_data.val() == 0xc0 {
                self.frame_end.next = true;
                self.bad.next = self.escaped.q.val();
            } else if self.escaped.q.val() {
                self.out_valid.next = true;
                if self.in_data.val() == 0xdc {
                    self.out_data.next = 0xc0.into();
                } else if self.in_data.val() == 0xdd {
                    self.out_data.next = 0xdb.into();
                } else {
                    self.bad.next = true;
                }
            } else if self.in_data.val() == 0xdb {
                self.escaped.d.next = true;
            } else {
                self.out_valid.next = true;
            }
        }
        if self.reset.val() {
            self.escaped.d.next = false;
        }
    }
}

/// Bytes of frames and their ends in; bytes of the line out.
#[derive(LogicBlock, Default)]
pub struct SlipEncoder {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<8>>,
    /// An END instead of `in_data`.
    pub mark: Signal<In, Bit>,
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out_data: Signal<Out, Bits<8>>,
    /// The ESCAPE is out.
    second: DFF<Bit>,
    special: Signal<Local, Bit>,
}

impl Logic for SlipEncoder {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, second);
        self.special.next =
            ((self.in_data.val() == 0xc0) | (self.in_data.val() == 0xdb)) & !self.mark.val();
        self.out_valid.next = self.in_valid.val();
        self.out_data.next = self.in_data.val();
        if self.mark.val() {
            self.out_data.next = 0xc0.into();
        } else if self.special.val() & !self.second.q.val() {
            self.out_data.next = 0xdb.into();
        } else if self.special.val() & (self.in_data.val() == 0xc0) {
            self.out_data.next = 0xdc.into();
        } else if self.special.val() {
            self.out_data.next = 0xdd.into();
        }
        self.in_ready.next = self.out_ready.val() & (!self.special.val() | self.second.q.val());
        if self.in_valid.val() & self.out_ready.val() {
            self.second.d.next = self.special.val() & !self.second.q.val();
        }
        if self.reset.val() {
            self.second.d.next = false;
        }
    }
}
