//! `FrameReceiver`: from bytes of the host link to good frames in a ring of eight.
//!
//! Takes a byte a cycle and never waits. A frame is there two cycles after its END if its CRC is good; a damaged one
//! leaves nothing but `damaged`, in its place between the good ones. Damaged frames that follow each other faster than
//! they are taken are one. It does not look into frames.

use crate::cells::DistRam;
use crate::crc32::Crc32;
use crate::frame_ram::FrameRam;
use crate::slip::SlipDecoder;
use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct FrameReceiver {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_data: Signal<In, Bits<8>>,
    /// A frame waits; `length` is its payload's.
    pub waits: Signal<Out, Bit>,
    pub length: Signal<Out, Bits<8>>,
    /// One cycle: done with the frame.
    pub pop: Signal<In, Bit>,
    /// Before the frame that waits, or now, came one that was damaged.
    pub damaged: Signal<Out, Bit>,
    pub damaged_take: Signal<In, Bit>,
    /// Byte of the frame that waits, 0 its kind; `q` shows it a cycle later.
    pub place: Signal<In, Bits<8>>,
    pub q: Signal<Out, Bits<8>>,
    /// One cycle each: a frame was damaged, a frame found the ring full.
    pub count_damaged: Signal<Out, Bit>,
    pub count_overrun: Signal<Out, Bit>,
    slip: SlipDecoder,
    crc: Crc32,
    ram: FrameRam,
    /// Payload's length of each slot; bit 8: a damaged frame came before it.
    lengths: DistRam<3, 9>,
    head: DFF<Bits<4>>,
    tail: DFF<Bits<4>>,
    used: Signal<Local, Bits<4>>,
    some: Signal<Local, Bit>,
    /// Bytes of the frame that comes in.
    count: DFF<Bits<8>>,
    /// It is damaged whatever its CRC says.
    spoilt: DFF<Bit>,
    /// It found the ring full.
    homeless: DFF<Bit>,
    no_room: Signal<Local, Bit>,
    good: Signal<Local, Bit>,
    /// A damaged frame came after the last good one.
    pending: DFF<Bit>,
    still_pending: Signal<Local, Bit>,
    /// The one before the frame that waits was taken.
    taken: DFF<Bit>,
    payload: Signal<Local, Bits<8>>,
    push: Signal<Local, Bit>,
}

impl Logic for FrameReceiver {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, head, tail, count, spoilt, homeless, pending, taken
        );
        clock!(self, clock, slip, crc, ram, lengths);
        self.slip.reset.next = self.reset.val();
        self.slip.in_valid.next = self.in_valid.val();
        self.slip.in_data.next = self.in_data.val();
        self.used.next = self.head.q.val() - self.tail.q.val();
        self.some.next = self.used.val() != 0;
        self.waits.next = self.some.val();
        self.length.next = self.lengths.q.val().get_bits::<8>(0);
        self.damaged.next = self.pending.q.val();
        if self.some.val() {
            self.damaged.next = self.lengths.q.val().get_bit(8) & !self.taken.q.val();
        }
        self.still_pending.next =
            self.pending.q.val() & (self.some.val() | !self.damaged_take.val());
        self.pending.d.next = self.still_pending.val();
        if self.damaged_take.val() & self.some.val() {
            self.taken.d.next = true;
        }
        if self.pop.val() {
            self.tail.d.next = self.tail.q.val() + 1;
            self.taken.d.next = false;
        }

        // Bytes into the slot at the head.
        self.no_room.next = self.homeless.q.val();
        if self.count.q.val() == 0 {
            self.no_room.next = self.used.val().get_bit(3);
        }
        self.crc.step.next = self.slip.out_valid.val();
        self.crc.data.next = self.slip.out_data.val();
        self.crc.clear.next = self.reset.val() | self.slip.frame_end.val();
        self.ram.write.next = self.slip.out_valid.val() & !self.no_room.val();
        self.ram.write_addr.next = (bit_cast::<11, 3>(self.head.q.val().get_bits::<3>(0)) << 8)
            | bit_cast::<11, 8>(self.count.q.val());
        self.ram.write_data.next = self.slip.out_data.val();
        self.ram.read_addr.next = (bit_cast::<11, 3>(self.tail.q.val().get_bits::<3>(0)) << 8)
            | bit_cast::<11, 8>(self.place.val());
        self.q.next = self.ram.q.val();
        if self.slip.out_valid.val() {
            self.homeless.d.next = self.no_room.val();
            if self.slip.bad.val() {
                self.spoilt.d.next = true;
            }
            // 250 bytes: header, the longest payload and the CRC.
            if self.count.q.val() == 250 {
                self.spoilt.d.next = true;
            } else {
                self.count.d.next = self.count.q.val() + 1;
            }
        }

        // Its end. The CRC's register holds the residue after a good frame.
        self.good.next = (self.crc.value.val() == 0xdebb_20e3_u64)
            & (self.count.q.val() >= 6)
            & !self.spoilt.q.val()
            & !self.slip.bad.val();
        self.payload.next = self.count.q.val() - 6;
        self.push.next = false;
        self.count_damaged.next = false;
        self.count_overrun.next = false;
        if self.slip.frame_end.val() {
            self.count.d.next = 0.into();
            self.spoilt.d.next = false;
            if (self.count.q.val() != 0) | self.slip.bad.val() {
                if (self.count.q.val() != 0) & self.homeless.q.val() {
                    self.count_overrun.next = true;
                } else if self.good.val() {
                    self.push.next = true;
                } else {
                    self.count_damaged.next = true;
                    self.pending.d.next = true;
                }
            }
        }
        self.lengths.write.next = self.push.val();
        self.lengths.write_addr.next = self.head.q.val().get_bits::<3>(0);
        self.lengths.write_data.next = bit_cast::<9, 8>(self.payload.val())
            | (bit_cast::<9, 1>(self.still_pending.val().into()) << 8);
        self.lengths.read_addr.next = self.tail.q.val().get_bits::<3>(0);
        if self.push.val() {
            self.head.d.next = self.head.q.val() + 1;
            self.pending.d.next = false;
        }
        if self.reset.val() {
            self.head.d.next = 0.into();
            self.tail.d.next = 0.into();
            self.count.d.next = 0.into();
            self.spoilt.d.next = false;
            self.pending.d.next = false;
            self.taken.d.next = false;
        }
    }
}
