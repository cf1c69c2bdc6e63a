//! `Back`: the planes that slots wrote, for the write-back: one block RAM a slot unit, of all lanes, a word a plane and thread.
//!
//! The recipe tells before the pass which unit is the last to write a plane, so nothing is merged where units write. Results lie
//! there unsaturated, 15 low bits, sign and whether they are clipped; sixteen bits are made of them where they are read.
//! Latency: a plane shows one cycle after its address, and counts from the second cycle after its delivery.

use crate::block_ram::BlockRam;
use crate::lane::Value;
use rust_hdl::prelude::*;

/// See the module's comment.
#[derive(LogicBlock, Default)]
pub struct Back {
    pub clock: Signal<In, Clock>,
    /// A pair of slots of the recipe, in order, and the planes that they write.
    pub recipe_write: Signal<In, Bit>,
    pub even_planes: Signal<In, Bits<4>>,
    pub odd_planes: Signal<In, Bits<4>>,
    /// True where the odd slots have a unit of their own, a constant.
    pub two_mults: Signal<In, Bit>,
    /// Delivery: planes (one at most) that unit 0 and 1 write, and 17 bits a lane: 14..0, sign 15, clipped 16.
    pub thread: Signal<In, Bits<4>>,
    pub planes_a: Signal<In, Bits<4>>,
    pub planes_b: Signal<In, Bits<4>>,
    pub results_a: Signal<In, Bits<68>>,
    pub results_b: Signal<In, Bits<68>>,
    pub read_thread: Signal<In, Bits<4>>,
    pub read_plane: Signal<In, Bits<2>>,
    /// What was asked for in the cycle before.
    pub data: Signal<Out, Bits<64>>,
    ram: Vec<BlockRam<6, 68>>,
    value: Vec<Value>,
    /// Planes whose last writer is unit 1.
    second: DFF<Bits<4>>,
    plane: DFF<Bits<2>>,
    planes: Vec<Signal<Local, Bits<4>>>,
    results: Vec<Signal<Local, Bits<68>>>,
    read: Vec<Signal<Local, Bits<68>>>,
    number_a: Signal<Local, Bits<2>>,
    number_b: Signal<Local, Bits<2>>,
    read_place: Signal<Local, Bits<6>>,
    place: Vec<Signal<Local, Bits<6>>>,
    from_second: Signal<Local, Bit>,
    _m: usize,
}

fn many<T: Default>(n: usize) -> Vec<T> {
    (0..n).map(|_| T::default()).collect()
}

impl Back {
    /// Of `mults` units.
    pub fn new(mults: usize) -> Self {
        Self {
            ram: many(mults),
            value: many(4),
            planes: many(2),
            results: many(2),
            read: many(2),
            place: many(2),
            _m: mults,
            ..Default::default()
        }
    }
}

impl Logic for Back {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, second, plane);
        if self.recipe_write.val() {
            self.second.d.next = 0.into();
            if self.two_mults.val() {
                self.second.d.next =
                    (self.second.q.val() & !self.even_planes.val()) | self.odd_planes.val();
            }
        }
        self.planes[0].next = self.planes_a.val();
        self.planes[1].next = self.planes_b.val();
        self.results[0].next = self.results_a.val();
        self.results[1].next = self.results_b.val();
        self.number_a.next = bit_cast::<2, 1>(
            self.planes_a.val().get_bits::<1>(1) | self.planes_a.val().get_bits::<1>(3),
        ) | (bit_cast::<2, 1>(
            self.planes_a.val().get_bits::<1>(2) | self.planes_a.val().get_bits::<1>(3),
        ) << 1);
        self.number_b.next = bit_cast::<2, 1>(
            self.planes_b.val().get_bits::<1>(1) | self.planes_b.val().get_bits::<1>(3),
        ) | (bit_cast::<2, 1>(
            self.planes_b.val().get_bits::<1>(2) | self.planes_b.val().get_bits::<1>(3),
        ) << 1);
        self.place[0].next =
            bit_cast::<6, 4>(self.thread.val()) | (bit_cast::<6, 2>(self.number_a.val()) << 4);
        self.place[1].next =
            bit_cast::<6, 4>(self.thread.val()) | (bit_cast::<6, 2>(self.number_b.val()) << 4);
        self.read[0].next = 0.into();
        self.read[1].next = 0.into();
        self.read_place.next = bit_cast::<6, 4>(self.read_thread.val())
            | (bit_cast::<6, 2>(self.read_plane.val()) << 4);
        self.plane.d.next = self.read_plane.val();
        for m in 0..self._m {
            self.ram[m].clock.next = self.clock.val();
            self.ram[m].write.next = self.planes[m].val().any();
            self.ram[m].write_addr.next = self.place[m].val();
            self.ram[m].write_data.next = self.results[m].val();
            self.ram[m].read.next = true;
            self.ram[m].read_addr.next = self.read_place.val();
            self.read[m].next = self.ram[m].q.val();
        }
        self.from_second.next = self.second.q.val().get_bit(0);
        if self.plane.q.val() == 1 {
            self.from_second.next = self.second.q.val().get_bit(1);
        } else if self.plane.q.val() == 2 {
            self.from_second.next = self.second.q.val().get_bit(2);
        } else if self.plane.q.val() == 3 {
            self.from_second.next = self.second.q.val().get_bit(3);
        }
        for i in 0..4 {
            self.value[i].second.next = self.from_second.val();
            self.value[i].clip_a.next = self.read[0].val().get_bit(17 * i + 16);
            self.value[i].clip_b.next = self.read[1].val().get_bit(17 * i + 16);
            self.value[i].sign_a.next = self.read[0].val().get_bits::<1>(17 * i + 15);
            self.value[i].sign_b.next = self.read[1].val().get_bits::<1>(17 * i + 15);
            self.value[i].a.next = self.read[0].val().get_bits::<15>(17 * i);
            self.value[i].b.next = self.read[1].val().get_bits::<15>(17 * i);
        }
        self.data.next = bit_cast::<64, 16>(self.value[0].q.val())
            | (bit_cast::<64, 16>(self.value[1].q.val()) << 16)
            | (bit_cast::<64, 16>(self.value[2].q.val()) << 32)
            | (bit_cast::<64, 16>(self.value[3].q.val()) << 48);
    }
}
