//! `Answer`: what a load of a register reads.
//!
//! Latency: one cycle from number to value. While the core decodes the address of a load (`asking`), the number becomes
//! the selects of a chain of choices, which cost half a LUT4 a bit and source where they come from registers; in the cycle
//! after, the chain shows what the sources hold then. Whoever is not asked gives 0, and so does every other number.

use rust_hdl::prelude::*;

use crate::mux::{PlacedChoose2, PlacedChooseOn};

/// See the module's comment. The inputs are the values of the registers of `synfire_format::mmio`.
#[derive(LogicBlock, Default)]
pub struct Answer {
    pub clock: Signal<In, Clock>,
    /// A load decodes its address or waits for the answer; `value` is 0 in the cycle after one without.
    pub asking: Signal<In, Bit>,
    pub register: Signal<In, Bits<5>>,
    /// The register reads the `mirror`.
    pub mirrored: Signal<In, Bit>,
    pub mirror: Signal<In, Bits<32>>,
    pub id: Signal<In, Bits<32>>,
    pub cycle: Signal<In, Bits<32>>,
    pub saturations: Signal<In, Bits<32>>,
    /// The count has passed its largest value.
    pub saturated: Signal<In, Bit>,
    pub faults: Signal<In, Bits<5>>,
    pub exp: Signal<In, Bits<32>>,
    pub reciprocal: Signal<In, Bits<32>>,
    pub random: Signal<In, Bits<32>>,
    pub payload: Signal<In, Bits<32>>,
    pub key: Signal<In, Bits<32>>,
    pub value: Signal<Out, Bits<32>>,
    first: PlacedChoose2<32>,
    second: PlacedChooseOn<32>,
    third: PlacedChooseOn<32>,
    fourth: PlacedChooseOn<32>,
    sel: DFF<Bits<2>>,
    here2: DFF<Bit>,
    here3: DFF<Bit>,
    here4: DFF<Bit>,
    asks_id: DFF<Bit>,
    asks_faults: DFF<Bit>,
    shown_id: Signal<Local, Bits<32>>,
    shown_faults: Signal<Local, Bits<32>>,
}

impl Logic for Answer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, sel, here2, here3, here4, asks_id, asks_faults);
        // 0 and 1 are the sources of the first choice; 2 makes it 0 and 3 all ones, which takes the first or second source
        // of the pair that is `here`.
        self.sel.d.next = 2.into();
        self.here2.d.next = false;
        self.here3.d.next = false;
        self.here4.d.next = false;
        self.asks_id.d.next = false;
        self.asks_faults.d.next = false;
        if self.asking.val() {
            self.asks_id.d.next = self.register.val() == 0x00;
            self.asks_faults.d.next = self.register.val() == 0x0a;
            if self.register.val() == 0x01 {
                self.sel.d.next = 0.into();
            }
            if self.register.val() == 0x13 {
                self.sel.d.next = 1.into();
            }
            self.here2.d.next = (self.register.val() == 0x18) | (self.register.val() == 0x19);
            self.here3.d.next = (self.register.val() == 0x0d) | (self.register.val() == 0x0f);
            self.here4.d.next =
                self.mirrored.val() | ((self.register.val() == 0x09) & !self.saturated.val());
            if (self.register.val() == 0x19)
                | (self.register.val() == 0x0f)
                | self.mirrored.val()
                | ((self.register.val() == 0x09) & self.saturated.val())
            {
                self.sel.d.next = 3.into();
            }
        }
        self.first.sel.next = self.sel.q.val();
        self.first.a.next = self.cycle.val();
        self.first.b.next = self.random.val();
        self.second.here.next = self.here2.q.val();
        self.second.so_far.next = self.first.q.val();
        self.second.c.next = self.payload.val();
        self.second.d.next = self.key.val();
        self.third.here.next = self.here3.q.val();
        self.third.so_far.next = self.second.q.val();
        self.third.c.next = self.exp.val();
        self.third.d.next = self.reciprocal.val();
        self.fourth.here.next = self.here4.q.val();
        self.fourth.so_far.next = self.third.q.val();
        self.fourth.c.next = self.saturations.val();
        self.fourth.d.next = self.mirror.val();
        // Few bits of these two can be 1.
        self.shown_id.next = 0.into();
        if self.asks_id.q.val() {
            self.shown_id.next = self.id.val();
        }
        self.shown_faults.next = 0.into();
        if self.asks_faults.q.val() {
            self.shown_faults.next = bit_cast::<32, 5>(self.faults.val());
        }
        self.value.next = self.fourth.q.val() | (self.shown_id.val() | self.shown_faults.val());
    }
}
