//! `Engine`: both engines of a PE on the shared lanes: runs chains of passes on the SRAM's streams.
//!
//! Loader | rows | entries and gather | lanes | write-back and scatter, joined by groups that pass through in order as
//! threads 0 .. 15 (modulo 32 in the counters). A pass begins when all writes of the one before are accepted.

use crate::awake::Awake;
use crate::draw::Draws;
use crate::lanes::Lanes;
use crate::loader::Loader;
use crate::neuron_engine::NeuronEngine;
use crate::reader::Reader;
use crate::row_walker::RowWalker;
use crate::scatter::Scatter;
use crate::streams::{ReadClient, WriteClient};
use crate::synapse_engine::SynapseEngine;
use crate::word_adder::WordAdder;
use crate::write_back::WriteBack;
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;

/// Slot units that shift by two more products unless the caller says otherwise: an eighth would make 29 multipliers, and the
/// smallest ECP5 has 28.
pub const SHIFTING_PRODUCTS: usize = 7;
/// Slot units of the largest configuration.
pub const ALL_UNITS: usize = 8;

/// The engines of a PE with SRAM words of W bits (E = W / 8).
#[derive(LogicBlock)]
pub struct Engine<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    /// See [`crate::awake`].
    pub lanes_clock: Signal<In, Clock>,
    pub lanes_awake: Signal<Out, Bit>,
    pub reset: Signal<In, Bit>,
    /// Starts the chain at this byte address; only while not busy.
    pub chain_valid: Signal<In, Bit>,
    pub chain_addr: Signal<In, Bits<18>>,
    /// From the cycle after `chain_valid` until everything of the last pass is written.
    pub busy: Signal<Out, Bit>,
    /// These three hold while `busy`.
    pub seed: Signal<In, Bits<32>>,
    pub step: Signal<In, Bits<32>>,
    pub private_base: Signal<In, Bits<19>>,
    /// Values clipped in this cycle.
    pub sat_inc: Signal<Out, Bits<8>>,
    /// Fault bits of this cycle.
    pub fault_set: Signal<Out, Bits<5>>,
    /// The pass of the descriptor at `pass_addr` is over, all its writes accepted.
    pub pass_done: Signal<Out, Bit>,
    pub pass_addr: Signal<Out, Bits<18>>,
    pub f: ReadClient<W>,
    pub g: ReadClient<W>,
    pub y: ReadClient<W>,
    pub w: WriteClient<W, E>,
    pub yw: WriteClient<W, E>,
    loader: Loader<W>,
    row_walker: RowWalker<W>,
    synapse_engine: SynapseEngine,
    neuron_engine: NeuronEngine<W>,
    draws: Draws,
    lanes: Lanes,
    awake: Awake,
    write_back: WriteBack<W, E>,
    scatter: Scatter,
    word_adder: WordAdder<W, E>,
    reader_f: Reader<W>,
    reader_g: Reader<W>,
    /// Groups whose operands of stream F, of stream G, whose draws are there.
    done_f: DFF<Bits<5>>,
    done_g: DFF<Bits<5>>,
    done_d: DFF<Bits<5>>,
    /// Groups whose written planes can be read: a cycle later.
    done_back: DFF<Bits<5>>,
    clipped_q: DFF<Bits<8>>,
    clipped_acc: DFF<Bits<2>>,
    count: DFF<Bits<8>>,
    fault_private: DFF<Bit>,
    fault_queue: DFF<Bit>,
    f_kind: Signal<Local, Bits<4>>,
    f_rsp: Signal<Local, Bit>,
    f_place: Signal<Local, Bits<2>>,
    f_pad: Signal<Local, Bits<64>>,
    f_word: Signal<Local, Bits<64>>,
    quiet: Signal<Local, Bit>,
    finish: Signal<Local, Bit>,
    none_f: Signal<Local, Bit>,
    fetched: Signal<Local, Bits<4>>,
    planes: Signal<Local, Bits<3>>,
    alloc: Signal<Local, Bits<5>>,
    ones: Vec<Signal<Local, Bits<8>>>,
    wide: Constant<Bit>,
    lane_count: Constant<Bits<3>>,
    two_mults: Constant<Bit>,
    align: Constant<Bits<2>>,
    _l: usize,
}

impl<const W: usize, const E: usize> Engine<W, E> {
    /// The engine of a configuration whose words have W bits.
    ///
    /// # Panics
    /// If `config.word_bits` is not W or E not W / 8: the caller chooses the type by the configuration.
    pub fn new(config: &PeConfig) -> Self {
        Self::shifting(config, SHIFTING_PRODUCTS)
    }

    /// As [`Engine::new`], where the first `products` slot units shift by products, two multipliers each, and others by
    /// LUTs: 8 for all.
    ///
    /// # Panics
    /// As [`Engine::new`].
    pub fn shifting(config: &PeConfig, products: usize) -> Self {
        assert!(
            config.word_bits as usize == W && E == W / 8,
            "configuration {} has {}-bit words, the engine was asked for {W}",
            config.name,
            config.word_bits
        );
        let lanes = config.lanes as usize;
        Self {
            clock: Default::default(),
            reset: Default::default(),
            chain_valid: Default::default(),
            chain_addr: Default::default(),
            busy: Default::default(),
            seed: Default::default(),
            step: Default::default(),
            private_base: Default::default(),
            sat_inc: Default::default(),
            fault_set: Default::default(),
            pass_done: Default::default(),
            pass_addr: Default::default(),
            f: Default::default(),
            g: Default::default(),
            y: Default::default(),
            w: Default::default(),
            yw: Default::default(),
            loader: Loader::new(),
            row_walker: RowWalker::new(),
            synapse_engine: SynapseEngine::new(lanes),
            neuron_engine: Default::default(),
            draws: Draws::new(lanes),
            lanes_clock: Default::default(),
            lanes_awake: Default::default(),
            awake: Default::default(),
            lanes: Lanes::new(lanes, config.mults as usize, products),
            write_back: WriteBack::new(),
            scatter: Scatter::new(lanes),
            word_adder: WordAdder::new(),
            reader_f: Default::default(),
            reader_g: Default::default(),
            done_f: Default::default(),
            done_g: Default::default(),
            done_d: Default::default(),
            done_back: Default::default(),
            clipped_q: Default::default(),
            clipped_acc: Default::default(),
            count: Default::default(),
            fault_private: Default::default(),
            fault_queue: Default::default(),
            f_kind: Default::default(),
            f_rsp: Default::default(),
            f_place: Default::default(),
            f_pad: Default::default(),
            f_word: Default::default(),
            quiet: Default::default(),
            finish: Default::default(),
            none_f: Default::default(),
            fetched: Default::default(),
            planes: Default::default(),
            alloc: Default::default(),
            ones: (0..10).map(|_| Default::default()).collect(),
            wide: Constant::new(W == 64),
            lane_count: Constant::new(u64::from(config.lanes).to_bits()),
            two_mults: Constant::new(config.mults == 2),
            align: Constant::new(((W as u64 / 16 - 1) & !(u64::from(config.lanes) - 1)).to_bits()),
            _l: lanes,
        }
    }
}

impl<const W: usize, const E: usize> Logic for Engine<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, done_f, done_g, done_d, done_back, count, clipped_q
        );
        dff_setup!(self, clock, clipped_acc, fault_private, fault_queue);
        clock!(
            self,
            clock,
            loader,
            row_walker,
            synapse_engine,
            neuron_engine
        );
        clock!(
            self, clock, draws, awake, write_back, scatter, word_adder, reader_f
        );
        clock!(self, clock, reader_g);
        self.loader.reset.next = self.reset.val();
        self.row_walker.reset.next = self.reset.val();
        self.synapse_engine.reset.next = self.reset.val();
        self.neuron_engine.reset.next = self.reset.val();
        self.draws.reset.next = self.reset.val();
        self.lanes.reset.next = self.reset.val();
        self.lanes.clock.next = self.lanes_clock.val();
        self.write_back.reset.next = self.reset.val();
        self.scatter.reset.next = self.reset.val();
        self.word_adder.reset.next = self.reset.val();
        self.reader_f.reset.next = self.reset.val();
        self.reader_g.reset.next = self.reset.val();
        for i in 0..32 {
            self.row_walker.field[i].next = self.loader.field[i].val();
            self.synapse_engine.field[i].next = self.loader.field[i].val();
            self.write_back.field[i].next = self.loader.field[i].val();
            self.scatter.field[i].next = self.loader.field[i].val();
        }
        self.loader.wide.next = self.wide.val();
        self.row_walker.wide.next = self.wide.val();
        self.synapse_engine.wide.next = self.wide.val();
        self.synapse_engine.lanes.next = self.lane_count.val();
        self.neuron_engine.wide.next = self.wide.val();
        self.neuron_engine.lanes.next = self.lane_count.val();
        self.neuron_engine.align.next = self.align.val();
        self.write_back.wide.next = self.wide.val();
        self.write_back.lanes.next = self.lane_count.val();
        self.write_back.align.next = self.align.val();
        self.word_adder.wide.next = self.wide.val();
        self.scatter.wide.next = self.wide.val();
        self.lanes.two_mults.next = self.two_mults.val();
        // Chain
        self.loader.chain_valid.next = self.chain_valid.val();
        self.loader.chain_addr.next = self.chain_addr.val();
        self.busy.next = self.loader.busy.val();
        self.pass_done.next = self.loader.pass_done.val();
        self.pass_addr.next = self.loader.pass_addr.val();
        self.lanes.constants.next = self.loader.constants.val();
        self.lanes.recipe_write.next = self.loader.recipe_write.val();
        self.lanes.recipe_addr.next = self.loader.recipe_addr.val();
        self.lanes.recipe_even.next = self.loader.recipe_even.val();
        self.lanes.recipe_odd.next = self.loader.recipe_odd.val();
        self.lanes.recipe_written.next = self.loader.written.val();
        self.lanes.slots.next = self.loader.field[1].val().get_bits::<4>(10);
        self.lanes.running.next = self.loader.running.val();
        self.synapse_engine.running.next = self.loader.running.val();
        self.lanes.restart.next = self.loader.start.val();
        self.row_walker.start.next = self.loader.start.val();
        self.synapse_engine.start.next = self.loader.start.val();
        self.write_back.start.next = self.loader.start.val();
        self.scatter.start.next = self.loader.start.val();
        // Stream F: loader and rows never ask at the same time
        self.reader_f.a_valid.next = self.row_walker.req_valid.val();
        self.reader_f.a_addr.next = self.row_walker.req_addr.val();
        self.reader_f.a_tag.next = self.row_walker.req_tag.val();
        if self.loader.req_valid.val() {
            self.reader_f.a_valid.next = true;
            self.reader_f.a_addr.next = self.loader.req_addr.val();
            self.reader_f.a_tag.next = 0.into();
        }
        self.loader.req_ready.next = self.reader_f.a_ready.val();
        self.row_walker.req_ready.next = self.reader_f.a_ready.val();
        self.reader_f.b_valid.next = self.synapse_engine.f_valid.val();
        self.reader_f.b_addr.next = self.synapse_engine.f_addr.val();
        self.reader_f.b_tag.next = self.synapse_engine.f_tag.val();
        self.synapse_engine.f_ready.next = self.reader_f.b_ready.val();
        self.f.valid.next = self.reader_f.valid.val();
        self.f.addr.next = self.reader_f.addr.val();
        self.reader_f.ready.next = self.f.ready.val();
        self.reader_f.rsp_valid.next = self.f.rsp_valid.val();
        self.f_kind.next = self.reader_f.tag.val().get_bits::<4>(0);
        self.f_rsp.next = self.f.rsp_valid.val() & self.reader_f.tag.val().get_bit(3);
        self.loader.rsp_valid.next = self.f.rsp_valid.val() & (self.f_kind.val() == 0);
        self.loader.rsp_data.next = self.f.rsp_data.val();
        self.row_walker.rsp_valid.next =
            self.f.rsp_valid.val() & !self.reader_f.tag.val().get_bit(3);
        self.row_walker.rsp_tag.next = self.reader_f.tag.val();
        self.row_walker.rsp_data.next = self.f.rsp_data.val();
        // The group's halfwords, lane 0 lowest
        self.f_place.next = self.reader_f.tag.val().get_bits::<2>(8) & self.align.val();
        self.f_pad.next = bit_cast::<64, W>(self.f.rsp_data.val());
        self.f_word.next = self.f_pad.val();
        if self.f_place.val() == 1 {
            self.f_word.next = self.f_pad.val() >> 16;
        } else if self.f_place.val() == 2 {
            self.f_word.next = self.f_pad.val() >> 32;
        } else if self.f_place.val() == 3 {
            self.f_word.next = self.f_pad.val() >> 48;
        }
        self.synapse_engine.index_write.next = self.f_rsp.val() & (self.f_kind.val() == 8);
        self.synapse_engine.index_thread.next = self.reader_f.tag.val().get_bits::<4>(4);
        self.synapse_engine.index_data.next = self.f_word.val();
        self.scatter.index_write.next = self.f_rsp.val() & (self.f_kind.val() == 8);
        self.scatter.index_thread.next = self.reader_f.tag.val().get_bits::<4>(4);
        self.scatter.index_data.next = self.f_word.val();
        self.lanes.plane_thread.next = self.reader_f.tag.val().get_bits::<4>(4);
        self.lanes.plane_data.next = self.f_word.val();
        self.lanes.plane_write.next = 0.into();
        if self.f_rsp.val() {
            if self.f_kind.val() == 12 {
                self.lanes.plane_write.next = 1.into();
            } else if self.f_kind.val() == 13 {
                self.lanes.plane_write.next = 2.into();
            } else if self.f_kind.val() == 14 {
                self.lanes.plane_write.next = 4.into();
            } else if self.f_kind.val() == 15 {
                self.lanes.plane_write.next = 8.into();
            }
            if self.reader_f.tag.val().get_bit(10) {
                self.done_f.d.next = self.done_f.q.val() + 1;
            }
        }
        // Rows
        self.row_walker.stochastic.next = self.loader.stochastic.val();
        self.row_walker.seed.next = self.seed.val();
        self.row_walker.step.next = self.step.val();
        self.row_walker.row_take.next = self.synapse_engine.row_take.val();
        self.synapse_engine.stochastic.next = self.loader.stochastic.val();
        self.synapse_engine.row_valid.next = self.row_walker.row_valid.val();
        self.synapse_engine.row.next = self.row_walker.row.val();
        self.synapse_engine.row_start.next = self.row_walker.row_start.val();
        self.synapse_engine.length.next = self.row_walker.length.val();
        self.synapse_engine.scalars.next = self.row_walker.scalars.val();
        self.synapse_engine.key.next = self.row_walker.key.val();
        // Groups
        self.alloc.next = self.synapse_engine.alloc.val();
        self.synapse_engine.free_back.next = self.write_back.free.val();
        self.synapse_engine.free_sum.next = self.scatter.free.val();
        self.lanes.group_write.next = self.synapse_engine.group_write.val();
        self.lanes.group_thread.next = self.synapse_engine.group_thread.val();
        self.lanes.group_scalars.next = self.synapse_engine.group_scalars.val();
        self.lanes.group_mask.next = self.synapse_engine.group_mask.val();
        self.write_back.group_write.next = self.synapse_engine.group_write.val();
        self.write_back.group_thread.next = self.synapse_engine.group_thread.val();
        self.write_back.group_row.next = self.synapse_engine.group_row.val();
        self.write_back.group_c.next = self.synapse_engine.group_c.val();
        self.write_back.group_place.next = self.synapse_engine.group_place.val();
        self.write_back.group_mask.next = self.synapse_engine.group_mask.val();
        self.write_back.group_last.next = self.synapse_engine.group_last.val();
        self.scatter.group_write.next = self.synapse_engine.group_write.val();
        self.scatter.group_thread.next = self.synapse_engine.group_thread.val();
        self.scatter.group_row.next = self.synapse_engine.group_row.val();
        self.scatter.group_c.next = self.synapse_engine.group_c.val();
        self.scatter.group_mask.next = self.synapse_engine.group_mask.val();
        self.scatter.group_last.next = self.synapse_engine.group_last.val();
        // Draws
        self.draws.valid.next = self.synapse_engine.draw_valid.val();
        self.synapse_engine.draw_ready.next = self.draws.ready.val();
        self.draws.key.next = self.synapse_engine.draw_key.val();
        self.draws.c.next = self.synapse_engine.group_c.val();
        self.lanes.draw_write.next = self.draws.write.val();
        self.lanes.draw_thread.next = self.done_d.q.val().get_bits::<4>(0);
        for i in 0..self._l {
            self.lanes.draw_data[i].next = self.draws.value[i].val();
            self.scatter.sum_y[i].next = self.lanes.sum_y[i].val();
        }
        if self.draws.write.val() {
            self.done_d.d.next = self.done_d.q.val() + 1;
        }
        // Stream G
        self.reader_g.a_valid.next = self.synapse_engine.g_valid.val();
        self.reader_g.a_addr.next = self.synapse_engine.g_addr.val();
        self.reader_g.a_tag.next = self.synapse_engine.g_tag.val();
        self.synapse_engine.g_ready.next = self.reader_g.a_ready.val();
        self.reader_g.b_valid.next = false;
        self.reader_g.b_addr.next = 0.into();
        self.reader_g.b_tag.next = 0.into();
        self.g.valid.next = self.reader_g.valid.val();
        self.g.addr.next = self.reader_g.addr.val();
        self.reader_g.ready.next = self.g.ready.val();
        self.reader_g.rsp_valid.next = self.g.rsp_valid.val();
        self.neuron_engine.field0.next = self.loader.field[0].val();
        self.neuron_engine.field1.next = self.loader.field[1].val();
        self.neuron_engine.rsp_valid.next = self.g.rsp_valid.val();
        self.neuron_engine.rsp_data.next = self.g.rsp_data.val();
        self.neuron_engine.rsp_tag.next = self.reader_g.tag.val();
        self.lanes.x_write.next = self.neuron_engine.x_write.val();
        self.awake.want.next = self.reset.val()
            | self.loader.recipe_write.val()
            | self.loader.start.val()
            | self.synapse_engine.group_write.val()
            | (self.lanes.plane_write.val() != 0)
            | (self.neuron_engine.x_write.val() != 0)
            | self.draws.write.val()
            | (self.alloc.val() != self.write_back.free.val())
            | self.lanes.active.val();
        self.lanes_awake.next = self.awake.on.val();
        self.lanes.x_thread.next = self.neuron_engine.x_thread.val();
        self.lanes.x_data.next = self.neuron_engine.x_data.val();
        if self.neuron_engine.group_done.val() {
            self.done_g.d.next = self.done_g.q.val() + 1;
        }
        // Lanes: a group may start when all that it needs has come
        self.planes.next = self.loader.field[0].val().get_bits::<3>(6);
        self.none_f.next =
            (self.planes.val() == 0) & (self.loader.field[0].val().get_bits::<2>(0) == 0);
        self.fetched.next = 15.into();
        if self.planes.val() == 0 {
            self.fetched.next = 0.into();
        } else if self.planes.val() == 1 {
            self.fetched.next = 1.into();
        } else if self.planes.val() == 2 {
            self.fetched.next = 3.into();
        } else if self.planes.val() == 3 {
            self.fetched.next = 7.into();
        }
        self.lanes.fetched.next = self.fetched.val();
        self.lanes.fetched_x.next = self.loader.field[0].val().get_bits::<2>(3) != 0;
        self.lanes.limit_f.next = self.done_f.q.val();
        if self.none_f.val() {
            self.lanes.limit_f.next = self.alloc.val();
        }
        self.lanes.limit_g.next = self.done_g.q.val();
        if self.loader.field[0].val().get_bits::<2>(3) == 0 {
            self.lanes.limit_g.next = self.alloc.val();
        }
        self.lanes.limit_d.next = self.done_d.q.val();
        if !self.loader.stochastic.val() {
            self.lanes.limit_d.next = self.alloc.val();
        }
        // Results
        self.write_back.written.next = self.loader.written.val();
        self.write_back.any_flag.next = self.loader.flags.val();
        self.write_back.private_base.next = self.private_base.val();
        self.done_back.d.next = self.lanes.done.val();
        self.write_back.done.next = self.lanes.done.val();
        if self.loader.written.val().get_bits::<4>(0).any() {
            self.write_back.done.next = self.done_back.q.val();
        }
        self.write_back.back_data.next = self.lanes.back_data.val();
        self.write_back.back_flags.next = self.lanes.back_flags.val();
        self.lanes.back_thread.next = self.write_back.back_thread.val();
        self.lanes.back_sel.next = self.write_back.back_sel.val();
        self.w.valid.next = self.write_back.valid.val();
        self.w.addr.next = self.write_back.addr.val();
        self.w.data.next = self.write_back.data.val();
        self.w.be.next = self.write_back.be.val();
        self.write_back.ready.next = self.w.ready.val();
        self.scatter.any_y.next = self.loader.to_y.val();
        self.scatter.any_o.next = self.loader.to_o.val();
        self.scatter.sum_o.next = self.lanes.sum_o.val();
        self.lanes.sum_o_thread.next = self.scatter.sum_o_thread.val();
        self.scatter.done.next = self.lanes.done.val();
        self.lanes.sum_thread.next = self.scatter.sum_thread.val();
        self.word_adder.private_base.next = self.private_base.val();
        self.word_adder.in_valid.next = self.scatter.out_valid.val();
        self.word_adder.in_addr.next = self.scatter.out_addr.val();
        self.word_adder.in_addend.next = self.scatter.out_addend.val();
        self.word_adder.in_high.next = self.scatter.out_high.val();
        self.word_adder.in_pair.next = self.scatter.out_pair.val();
        self.word_adder.in_zero.next = self.scatter.out_zero.val();
        self.scatter.out_ready.next = self.word_adder.in_ready.val();
        self.y.valid.next = self.word_adder.read_valid.val();
        self.y.addr.next = self.word_adder.read_addr.val();
        self.word_adder.read_ready.next = self.y.ready.val();
        self.word_adder.rsp_valid.next = self.y.rsp_valid.val();
        self.word_adder.rsp_data.next = self.y.rsp_data.val();
        self.yw.valid.next = self.word_adder.write_valid.val();
        self.yw.addr.next = self.word_adder.write_addr.val();
        self.yw.data.next = self.word_adder.write_data.val();
        self.yw.be.next = self.word_adder.write_be.val();
        self.word_adder.write_ready.next = self.yw.ready.val();
        // End of the pass
        self.quiet.next = self.row_walker.idle.val()
            & self.synapse_engine.idle.val()
            & (self.alloc.val() == self.write_back.free.val())
            & (self.alloc.val() == self.scatter.free.val());
        self.finish.next = self.loader.running.val() & self.quiet.val();
        self.write_back.finish.next = self.finish.val();
        self.loader.drained.next = self.finish.val()
            & self.write_back.finished.val()
            & self.scatter.idle.val()
            & self.word_adder.idle.val();
        // Counters
        self.clipped_q.d.next = self.lanes.clipped.val();
        self.clipped_acc.d.next = self.neuron_engine.clipped.val();
        for i in 0..10 {
            self.ones[i].next = 0.into();
        }
        for i in 0..8 {
            if self.clipped_q.q.val().get_bit(i) {
                self.ones[i].next = 1.into();
            }
        }
        if self.clipped_acc.q.val().get_bit(0) {
            self.ones[8].next = 1.into();
        }
        if self.clipped_acc.q.val().get_bit(1) {
            self.ones[9].next = 1.into();
        }
        self.count.d.next = ((self.ones[0].val() + self.ones[1].val())
            + (self.ones[2].val() + self.ones[3].val()))
            + ((self.ones[4].val() + self.ones[5].val())
                + (self.ones[6].val() + self.ones[7].val()))
            + (self.ones[8].val() + self.ones[9].val());
        self.sat_inc.next = self.count.q.val();
        self.fault_private.d.next =
            self.write_back.fault_private.val() | self.word_adder.fault_private.val();
        self.fault_queue.d.next = self.write_back.fault_queue.val();
        self.fault_set.next = bit_cast::<5, 1>(self.fault_private.q.val().into())
            | (bit_cast::<5, 1>(self.fault_queue.q.val().into()) << 1);
        if self.loader.start.val() {
            self.done_f.d.next = 0.into();
            self.done_g.d.next = 0.into();
            self.done_d.d.next = 0.into();
            self.done_back.d.next = 0.into();
        }
        if self.reset.val() {
            self.count.d.next = 0.into();
            self.clipped_q.d.next = 0.into();
            self.clipped_acc.d.next = 0.into();
            self.fault_private.d.next = false;
            self.fault_queue.d.next = false;
        }
    }
}
