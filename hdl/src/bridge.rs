//! `Bridge`: the machine's end of the host link (`synfire_format::link`): bytes in and out, packets to and from the PEs.
//!
//! Frames come into a ring of eight, are carried out in order, and their responses go out one after another: while one
//! is on the line the next request is carried out. Bytes in are never held back. The identity, the number of PEs and
//! the SRAM's size are inputs, so that bridges of equal shape are one module.

use crate::alternative::Alternative;
use crate::compact_link_counters::CompactLinkCounters;
use crate::executor::Executor;
use crate::feeder::Feeder;
use crate::frame_receiver::FrameReceiver;
use crate::frame_transmitter::FrameTransmitter;
use crate::link_counters::LinkCounters;
use crate::pe_counters::PeCounters;
use crate::station::Station;
use rust_hdl::prelude::*;
use synfire_format::config::MachineShape;

/// See the module's comment. Ports in a list are a PE's each.
#[derive(LogicBlock)]
pub struct Bridge {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_data: Signal<In, Bits<8>>,
    /// A byte came without a stop bit.
    pub framing: Signal<In, Bit>,
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out_data: Signal<Out, Bits<8>>,
    /// One cycle: a fault of the link was counted.
    pub fault: Signal<Out, Bit>,
    pub identity: Signal<In, Bits<224>>,
    pub pes: Signal<In, Bits<5>>,
    /// Address bits that are 0 in the SRAM.
    pub outside: Signal<In, Bits<32>>,
    pub pe_reset: Vec<Signal<Out, Bit>>,
    pub run: Vec<Signal<Out, Bit>>,
    pub rx_valid: Vec<Signal<Out, Bit>>,
    pub rx_ready: Vec<Signal<In, Bit>>,
    pub rx_data: Signal<Out, Bits<72>>,
    pub tx_valid: Vec<Signal<In, Bit>>,
    pub tx_ready: Vec<Signal<Out, Bit>>,
    pub tx_data: Vec<Signal<In, Bits<72>>>,
    pub retire_valid: Vec<Signal<In, Bit>>,
    pub retire_pc: Vec<Signal<In, Bits<32>>>,
    pub halted: Vec<Signal<In, Bit>>,
    pub exit_code: Vec<Signal<In, Bits<32>>>,
    pub busy: Vec<Signal<In, Bit>>,
    pub conflicts: Vec<Signal<In, Bits<32>>>,
    receiver: FrameReceiver,
    transmitter: FrameTransmitter,
    executor: Executor,
    counters: Alternative<LinkCounters, CompactLinkCounters>,
    station: Vec<Station>,
    pe_counters: PeCounters,
    /// What the stations' word belongs to, and whether it is a counter of a PE.
    source: DFF<Bits<4>>,
    counter_asked: DFF<Bit>,
    counter: Signal<Local, Bit>,
    number: Signal<Local, Bits<2>>,
    count: Signal<Local, Bits<32>>,
    told: Signal<Local, Bits<32>>,
    /// None, or that of PE 0.
    feeder: Vec<Feeder>,
    /// It has the PEs' port.
    claimed: Signal<Local, Bit>,
    selected: Signal<Local, Bits<16>>,
    one: Constant<Bits<16>>,
    _pes: usize,
    _later: usize,
    _feeders: usize,
}

fn list<T: Default>(n: usize) -> Vec<T> {
    (0..n).map(|_| T::default()).collect()
}

impl Bridge {
    /// A bridge to at most 16 PEs; messages, answers and counters are in LUT RAM if `distributed`, else in block RAM.
    pub fn new(shape: MachineShape, distributed: bool) -> Self {
        let pes = shape.pes;
        let feeders = usize::from(shape.store_kb > 0);
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_data: Default::default(),
            framing: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out_data: Default::default(),
            fault: Default::default(),
            identity: Default::default(),
            pes: Default::default(),
            outside: Default::default(),
            pe_reset: list(pes),
            run: list(pes),
            rx_valid: list(pes),
            rx_ready: list(pes),
            rx_data: Default::default(),
            tx_valid: list(pes),
            tx_ready: list(pes),
            tx_data: list(pes),
            retire_valid: list(pes),
            retire_pc: list(pes),
            halted: list(pes),
            exit_code: list(pes),
            busy: list(pes),
            conflicts: list(pes),
            receiver: Default::default(),
            transmitter: Default::default(),
            executor: Executor::new(distributed),
            counters: Alternative::new(!distributed),
            station: (0..pes).map(|_| Station::new(distributed)).collect(),
            pe_counters: PeCounters::new(pes, distributed),
            source: Default::default(),
            counter_asked: Default::default(),
            counter: Default::default(),
            number: Default::default(),
            count: Default::default(),
            told: Default::default(),
            feeder: (0..feeders).map(|_| Feeder::new(shape.store_kb)).collect(),
            claimed: Default::default(),
            selected: Default::default(),
            one: Constant::new(1u64.to_bits()),
            _pes: pes,
            _later: pes - 1,
            _feeders: feeders,
        }
    }
}

impl Logic for Bridge {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, source, counter_asked);
        clock!(
            self,
            clock,
            receiver,
            transmitter,
            executor,
            counters,
            pe_counters
        );
        self.receiver.reset.next = self.reset.val();
        self.transmitter.reset.next = self.reset.val();
        self.executor.reset.next = self.reset.val();
        self.counters.reset.next = self.reset.val();
        self.pe_counters.reset.next = self.reset.val();
        self.receiver.in_valid.next = self.in_valid.val();
        self.receiver.in_data.next = self.in_data.val();
        self.receiver.pop.next = self.executor.pop.val();
        self.receiver.damaged_take.next = self.executor.damaged_take.val();
        self.receiver.place.next = self.executor.place.val();
        self.executor.waits.next = self.receiver.waits.val();
        self.executor.length.next = self.receiver.length.val();
        self.executor.damaged.next = self.receiver.damaged.val();
        self.executor.data.next = self.receiver.q.val();
        self.executor.pes.next = self.pes.val();
        self.executor.outside.next = self.outside.val();

        self.transmitter.identity.next = self.identity.val();
        self.transmitter.start.next = self.executor.start.val();
        self.transmitter.kind.next = self.executor.answer_kind.val();
        self.transmitter.number.next = self.executor.answer_number.val();
        self.transmitter.length.next = self.executor.answer_length.val();
        self.transmitter.greeting.next = self.executor.greeting.val();
        self.transmitter.write.next = self.executor.write.val();
        self.transmitter.write_addr.next = self.executor.write_addr.val();
        self.transmitter.write_data.next = self.executor.write_data.val();
        self.executor.sending.next = self.transmitter.busy.val();
        self.executor.sending_slot.next = self.transmitter.slot.val();
        self.out_valid.next = self.transmitter.out_valid.val();
        self.out_data.next = self.transmitter.out_data.val();
        self.transmitter.out_ready.next = self.out_ready.val();

        self.counters.clear.next = self.executor.counters_clear.val();
        self.counters.read.next = self.executor.counters_read.val();
        self.counters.number.next = self.executor.source.val().get_bits::<3>(0);
        self.executor.counters_word.next = self.counters.word.val();
        self.counters.happened.next =
            bit_cast::<6, 1>(self.executor.count_carried_out.val().into())
                | (bit_cast::<6, 1>(self.receiver.count_damaged.val().into()) << 1)
                | (bit_cast::<6, 1>(self.executor.count_repeated.val().into()) << 2)
                | (bit_cast::<6, 1>(self.executor.count_out_of_order.val().into()) << 3)
                | (bit_cast::<6, 1>(self.framing.val().into()) << 4)
                | (bit_cast::<6, 1>(self.receiver.count_overrun.val().into()) << 5);
        self.fault.next = self.receiver.count_damaged.val()
            | self.receiver.count_overrun.val()
            | self.executor.count_out_of_order.val()
            | self.framing.val();

        self.selected.next = self.one.val() << self.executor.pe.val();
        self.rx_data.next = self.executor.packet.val();
        self.claimed.next = false;
        self.executor.feeder.next = false;
        self.executor.feeder_step.next = false;
        self.executor.feeder_done.next = false;
        self.executor.feeder_status.next = 0.into();
        for i in 0..self._feeders {
            self.feeder[i].clock.next = self.clock.val();
            self.feeder[i].reset.next = self.reset.val();
            self.feeder[i].clear.next = self.station[0].pe_reset.val();
            self.feeder[i].request.next = self.executor.delegate.val();
            self.feeder[i].command.next = self.executor.delegated.val();
            self.feeder[i].length.next = self.receiver.length.val();
            self.feeder[i].other_pe.next = self.executor.pe.val().any();
            self.feeder[i].data.next = self.receiver.q.val();
            self.executor.feeder.next = true;
            self.executor.feeder_step.next = self.feeder[i].step.val();
            self.executor.feeder_done.next = self.feeder[i].done.val();
            self.executor.feeder_status.next = self.feeder[i].status.val();
            self.feeder[i].taken.next = self.rx_ready[0].val();
            self.feeder[i].answered.next = self.tx_valid[0].val()
                & self.station[0].tx_ready.val()
                & !self.tx_data[0].val().get_bit(71);
            self.claimed.next = self.feeder[i].offer.val();
            if self.feeder[i].offer.val() {
                self.rx_data.next = self.feeder[i].packet.val();
            }
        }
        self.executor.taken.next = self.station[0].taken.val();
        self.executor.answer.next = self.station[0].answer.val();
        self.executor.blocked.next = self.station[0].blocked.val();
        self.executor.room.next = self.station[0].room.val();
        self.executor.message.next = self.station[0].message.val();
        self.executor.stepped.next = self.station[0].stepped.val();
        // Sources 6, 7, 8 and 10 are counters 0, 1, 2 and 3 of a PE. What the stations tell is a cycle behind.
        self.source.d.next = self.executor.source.val();
        self.counter.next = (self.executor.source.val() == 6)
            | (self.executor.source.val() == 7)
            | (self.executor.source.val() == 8)
            | (self.executor.source.val() == 10);
        self.counter_asked.d.next = self.counter.val();
        self.number.next = bit_cast::<2, 1>(
            (self.source.q.val().get_bit(0)
                | (self.source.q.val().get_bit(1) & self.source.q.val().get_bit(3)))
            .into(),
        ) | (bit_cast::<2, 1>(self.source.q.val().get_bits::<1>(3)) << 1);
        self.pe_counters.number.next = self.number.val();
        self.pe_counters.pe.next = self.executor.pe.val();
        self.pe_counters.hold.next = self.executor.hold.val();
        self.executor.settled.next = (self.source.q.val() == self.executor.source.val())
            & (self.pe_counters.settled.val() | !self.counter_asked.q.val());
        self.count.next = 0.into();
        if self.counter_asked.q.val() {
            self.count.next = self.pe_counters.word.val();
        }
        self.told.next = 0.into();
        for i in 0..self._pes {
            self.station[i].clock.next = self.clock.val();
            self.station[i].reset.next = self.reset.val();
            self.station[i].selected.next = self.selected.val().get_bit(i);
            self.pe_reset[i].next = self.station[i].pe_reset.val();
            self.run[i].next = self.station[i].run.val();
            self.rx_valid[i].next = self.station[i].rx_valid.val() & !self.claimed.val();
            self.station[i].rx_ready.next = self.rx_ready[i].val() & !self.claimed.val();
            self.station[i].tx_valid.next = self.tx_valid[i].val();
            self.station[i].tx_data.next = self.tx_data[i].val();
            self.tx_ready[i].next = self.station[i].tx_ready.val();
            self.station[i].retire_valid.next = self.retire_valid[i].val();
            self.station[i].retire_pc.next = self.retire_pc[i].val();
            self.station[i].halted.next = self.halted[i].val();
            self.station[i].exit_code.next = self.exit_code[i].val();
            self.pe_counters.clear[i].next = self.station[i].pe_reset.val();
            self.pe_counters.retired[i].next = self.retire_valid[i].val();
            self.pe_counters.busy[i].next = self.busy[i].val();
            self.station[i].conflicts.next = self.conflicts[i].val();
            self.station[i].offer.next = self.executor.offer.val();
            self.station[i].peeks.next = self.executor.peeks.val();
            self.station[i].asking.next = self.executor.asking.val();
            self.station[i].abandon.next = self.executor.abandon.val();
            self.station[i].message_take.next = self.executor.message_take.val();
            self.station[i].source.next = self.executor.source.val();
            self.station[i].run_set.next = self.executor.run_set.val();
            self.station[i].run_value.next = self.executor.run_value.val();
            self.station[i].restart.next = self.executor.restart.val();
            self.station[i].stepping.next = self.executor.stepping.val();
            self.station[i].step_done.next = self.executor.step_done.val();
            // That of the last PE stays: it has all of them.
            self.told.next = self.station[i].word.val();
            if self.selected.val().get_bit(i) {
                self.executor.taken.next = self.station[i].taken.val();
                self.executor.answer.next = self.station[i].answer.val();
                self.executor.blocked.next = self.station[i].blocked.val();
                self.executor.room.next = self.station[i].room.val();
                self.executor.message.next = self.station[i].message.val();
                self.executor.stepped.next = self.station[i].stepped.val();
            }
        }
        self.station[0].word_before.next = self.count.val();
        for i in 0..self._later {
            self.station[i + 1].word_before.next = self.station[i].word.val();
        }
        self.executor.word.next = self.told.val();
        for i in 0..self._feeders {
            if self.feeder[i].offer.val() {
                self.rx_valid[0].next = true;
            }
        }
    }
}
