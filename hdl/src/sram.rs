//! `Sram`: the PE's one memory, in banks, shared by four read and three write streams.
//!
//! | stream | used for |
//! |---|---|
//! | read F, G, Y, C | rows and linear entries; gather and X; scatter accumulators; core and port |
//! | write W, Y, C | planes, O, queue, clearing of X; scatter; core and port |
//!
//! Timing: a request waits in a two-entry queue at its stream (`ready` is a register); the bank numbers at the heads of all queues
//! are arbitrated per bank and direction, the least recently served first; the grant is registered and drives
//! the bank's multiplexers in the next cycle. A response comes four cycles after its request was accepted
//! if it never waited; one access a cycle, bank and direction is sustained, also for a stream alone.
//!
//! Order: a read waits while a write that was accepted before it is still queued for the same bank. A write is never
//! held by reads, so both drain. A write W or Y waits three cycles at most, a read three that no earlier write holds it; reads, and
//! writes C, may wait for as long as W and Y between them fill their bank, which ends with the pass (`hdl/formal/sram.v`
//! proves the bounds). Writes W and Y are not ordered with each other;
//! a write C waits while earlier ones of W and Y are queued for its bank, so what the core stores after a pass stays.
//! Writes W and C share one way to the banks, one of them a cycle, in turns where both want it. The single-port shape has one bank whose writes go first; an engine only writes
//! what it has read, so its reads are not shut out.
//!
//! `conflicts` counts the cycles in which some request waited. The SRAM is not reset; its control is.

use crate::arbiter::Arbiter;
use crate::bank::{BankDecode, BankRam, BankSelect};
use crate::pick::Pick4;
use crate::skid::{Popped, Skid};
use crate::streams::{ReadServer, WriteServer};
use rust_hdl::prelude::*;
use synfire_format::config::PeConfig;

/// One read stream: its queue, the address it was granted with, and its responses.
#[derive(LogicBlock)]
struct ReadPort<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub stream: ReadServer<W>,
    /// Banks that the head wants, one-hot.
    pub want: Signal<Out, Bits<8>>,
    pub pop: Signal<In, Bit>,
    /// Address granted in the last cycle.
    pub addr: Signal<Out, Bits<18>>,
    pub word: Vec<Signal<In, Bits<W>>>,
    /// Bank numbers of the requests.
    queue: Skid<3>,
    addrs: Popped<18>,
    decode: BankDecode,
    select: BankSelect<W>,
    one: Constant<Bits<8>>,
    number1: DFF<Bits<3>>,
    number2: DFF<Bits<3>>,
    number2_n: DFF<Bit>,
    valid1: DFF<Bit>,
    valid2: DFF<Bit>,
    valid3: DFF<Bit>,
    data3: DFF<Bits<W>>,
    _banks: usize,
}

impl<const W: usize> ReadPort<W> {
    fn new(config: &PeConfig) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            stream: Default::default(),
            want: Default::default(),
            pop: Default::default(),
            addr: Default::default(),
            word: bank_vec(config),
            queue: Default::default(),
            addrs: Default::default(),
            decode: BankDecode::new(config),
            select: BankSelect::new(config),
            one: Constant::new(1u64.to_bits()),
            number1: Default::default(),
            number2: Default::default(),
            number2_n: Default::default(),
            valid1: Default::default(),
            valid2: Default::default(),
            valid3: Default::default(),
            data3: Default::default(),
            _banks: config.banks as usize,
        }
    }
}

impl<const W: usize> Logic for ReadPort<W> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, number1, number2, number2_n, valid1, valid2, valid3, data3
        );
        clock!(self, clock, queue, addrs);
        self.queue.reset.next = self.reset.val();
        self.addrs.reset.next = self.reset.val();
        self.decode.addr.next = self.stream.addr.val();
        self.queue.in_valid.next = self.stream.valid.val();
        self.queue.in_data.next = self.decode.number.val();
        self.queue.pop.next = self.pop.val();
        self.addrs.put.next = self.queue.put.val();
        self.addrs.pop.next = self.pop.val();
        self.addrs.data.next = self.stream.addr.val();
        self.stream.ready.next = self.queue.in_ready.val();
        self.want.next = 0.into();
        if self.queue.head_valid.val() {
            self.want.next = self.one.val() << self.queue.head.val();
        }
        self.addr.next = self.addrs.q.val();
        self.number1.d.next = self.queue.head.val();
        self.number2.d.next = self.number1.q.val();
        self.number2_n.d.next = !self.number1.q.val().get_bit(1);
        self.valid1.d.next = self.pop.val() & !self.reset.val();
        self.valid2.d.next = self.valid1.q.val() & !self.reset.val();
        self.valid3.d.next = self.valid2.q.val() & !self.reset.val();
        for i in 0..self._banks {
            self.select.word[i].next = self.word[i].val();
        }
        self.select.number.next = self.number2.q.val();
        self.select.number1_n.next = self.number2_n.q.val();
        self.data3.d.next = self.select.q.val();
        self.stream.rsp_valid.next = self.valid3.q.val();
        self.stream.rsp_data.next = self.data3.q.val();
    }
}

/// One write stream: its queue and what it was granted with.
#[derive(LogicBlock)]
struct WritePort<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub stream: WriteServer<W, E>,
    /// Banks that the head wants, one-hot.
    pub want: Signal<Out, Bits<8>>,
    /// A request is there.
    pub waits: Signal<Out, Bit>,
    /// Banks that reads accepted now must not pass: of entries that were here before.
    pub hold: Signal<Out, Bits<8>>,
    pub pop: Signal<In, Bit>,
    /// Request granted in the last cycle.
    pub addr: Signal<Out, Bits<18>>,
    pub data: Signal<Out, Bits<W>>,
    pub be: Signal<Out, Bits<E>>,
    /// Bank numbers of the requests.
    queue: Skid<3>,
    addrs: Popped<18>,
    datas: Popped<W>,
    enables: Popped<E>,
    decode: BankDecode,
    one: Constant<Bits<8>>,
    held: Signal<Local, Bits<8>>,
    held_second: Signal<Local, Bits<8>>,
}

impl<const W: usize, const E: usize> WritePort<W, E> {
    fn new(config: &PeConfig) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            stream: Default::default(),
            want: Default::default(),
            hold: Default::default(),
            pop: Default::default(),
            addr: Default::default(),
            data: Default::default(),
            be: Default::default(),
            waits: Default::default(),
            queue: Default::default(),
            addrs: Default::default(),
            datas: Default::default(),
            enables: Default::default(),
            decode: BankDecode::new(config),
            one: Constant::new(1u64.to_bits()),
            held: Default::default(),
            held_second: Default::default(),
        }
    }
}

impl<const W: usize, const E: usize> Logic for WritePort<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, queue, addrs, datas, enables);
        self.queue.reset.next = self.reset.val();
        self.addrs.reset.next = self.reset.val();
        self.datas.reset.next = self.reset.val();
        self.enables.reset.next = self.reset.val();
        self.decode.addr.next = self.stream.addr.val();
        self.queue.in_valid.next = self.stream.valid.val();
        self.queue.in_data.next = self.decode.number.val();
        self.queue.pop.next = self.pop.val();
        self.addrs.put.next = self.queue.put.val();
        self.datas.put.next = self.queue.put.val();
        self.enables.put.next = self.queue.put.val();
        self.addrs.pop.next = self.pop.val();
        self.datas.pop.next = self.pop.val();
        self.enables.pop.next = self.pop.val();
        self.addrs.data.next = self.stream.addr.val();
        self.datas.data.next = self.stream.data.val();
        self.enables.data.next = self.stream.be.val();
        self.stream.ready.next = self.queue.in_ready.val();
        self.waits.next = self.queue.head_valid.val();
        self.want.next = 0.into();
        self.held.next = 0.into();
        self.held_second.next = 0.into();
        if self.queue.head_valid.val() {
            self.want.next = self.one.val() << self.queue.head.val();
            if self.queue.old.val() {
                self.held.next = self.one.val() << self.queue.head.val();
            }
        }
        if self.queue.second_valid.val() {
            self.held_second.next = self.one.val() << self.queue.second.val();
        }
        self.hold.next = self.held.val() | self.held_second.val();
        self.addr.next = self.addrs.q.val();
        self.data.next = self.datas.q.val();
        self.be.next = self.enables.q.val();
    }
}

/// The SRAM of a configuration; W bits a word, E = W / 8.
#[derive(LogicBlock)]
pub struct Sram<const W: usize, const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub f: ReadServer<W>,
    pub g: ReadServer<W>,
    pub y: ReadServer<W>,
    pub c: ReadServer<W>,
    pub w: WriteServer<W, E>,
    pub yw: WriteServer<W, E>,
    pub cw: WriteServer<W, E>,
    /// Cycles since reset in which a request waited.
    pub conflicts: Signal<Out, Bits<32>>,
    /// Every write W and Y that was accepted before the last cycle is in its bank.
    pub settled: Signal<Out, Bit>,
    rf: ReadPort<W>,
    rg: ReadPort<W>,
    ry: ReadPort<W>,
    rc: ReadPort<W>,
    ww: WritePort<W, E>,
    wy: WritePort<W, E>,
    wc: WritePort<W, E>,
    read: Vec<Arbiter>,
    write: Vec<Arbiter>,
    bank: Vec<BankRam<W, E>>,
    read_addr: Vec<Pick4<18>>,
    /// C waited for nothing but W in the last cycle: it goes first now.
    core_turn: DFF<Bit>,
    /// What W and C were granted in the last cycle is C's.
    core_granted: DFF<Bit>,
    /// Banks that C may write now, if W leaves it the way.
    core: Vec<Signal<Local, Bit>>,
    core_waits: Signal<Local, Bit>,
    core_first: Signal<Local, Bit>,
    w_addr: Signal<Local, Bits<18>>,
    w_data: Signal<Local, Bits<W>>,
    w_be: Signal<Local, Bits<E>>,
    count: DFF<Bits<32>>,
    waiting: DFF<Bit>,
    /// Banks at which reads wait for earlier writes.
    hold: Signal<Local, Bits<8>>,
    /// Banks at which writes of the core wait for earlier ones of the engines.
    engine_hold: Signal<Local, Bits<8>>,
    /// True: one port a bank, so that a write keeps all reads away.
    single: Constant<Bit>,
    _banks: usize,
}

fn bank_vec<T: Default>(config: &PeConfig) -> Vec<T> {
    (0..config.banks).map(|_| T::default()).collect()
}

impl<const W: usize, const E: usize> Sram<W, E> {
    /// The SRAM of `config`, whose word width must be W.
    ///
    /// # Panics
    /// If W is not the configuration's word width, or E not W / 8.
    pub fn new(config: &PeConfig) -> Self {
        assert!(W == config.word_bits as usize && E == W / 8);
        let bank = (0..config.banks).map(|_| BankRam::new(config));
        Self {
            clock: Default::default(),
            reset: Default::default(),
            f: Default::default(),
            g: Default::default(),
            y: Default::default(),
            c: Default::default(),
            w: Default::default(),
            yw: Default::default(),
            cw: Default::default(),
            conflicts: Default::default(),
            settled: Default::default(),
            rf: ReadPort::new(config),
            rg: ReadPort::new(config),
            ry: ReadPort::new(config),
            rc: ReadPort::new(config),
            ww: WritePort::new(config),
            wy: WritePort::new(config),
            wc: WritePort::new(config),
            read: bank_vec(config),
            write: bank_vec(config),
            bank: bank.collect(),
            read_addr: bank_vec(config),
            core_turn: Default::default(),
            core_granted: Default::default(),
            core: bank_vec(config),
            core_waits: Default::default(),
            core_first: Default::default(),
            w_addr: Default::default(),
            w_data: Default::default(),
            w_be: Default::default(),
            count: Default::default(),
            waiting: Default::default(),
            hold: Default::default(),
            engine_hold: Default::default(),
            single: Constant::new(config.single_port),
            _banks: config.banks as usize,
        }
    }
}

impl<const W: usize, const E: usize> Logic for Sram<W, E> {
    #[hdl_gen]
    fn update(&mut self) {
        ReadServer::<W>::link(&mut self.f, &mut self.rf.stream);
        ReadServer::<W>::link(&mut self.g, &mut self.rg.stream);
        ReadServer::<W>::link(&mut self.y, &mut self.ry.stream);
        ReadServer::<W>::link(&mut self.c, &mut self.rc.stream);
        WriteServer::<W, E>::link(&mut self.w, &mut self.ww.stream);
        WriteServer::<W, E>::link(&mut self.yw, &mut self.wy.stream);
        WriteServer::<W, E>::link(&mut self.cw, &mut self.wc.stream);
        dff_setup!(self, clock, count, waiting, core_turn, core_granted);
        clock!(self, clock, rf, rg, ry, rc, ww, wy, wc);
        self.rf.reset.next = self.reset.val();
        self.rg.reset.next = self.reset.val();
        self.ry.reset.next = self.reset.val();
        self.rc.reset.next = self.reset.val();
        self.ww.reset.next = self.reset.val();
        self.wy.reset.next = self.reset.val();
        self.wc.reset.next = self.reset.val();
        self.engine_hold.next = self.ww.hold.val() | self.wy.hold.val();
        self.hold.next = self.engine_hold.val() | self.wc.hold.val();
        if self.single.val() {
            self.hold.next = self.ww.want.val() | self.wy.want.val() | self.wc.want.val();
        }
        // W and C share one way to the banks
        self.core_first.next = self.core_turn.q.val() | !self.ww.waits.val();
        self.core_granted.d.next = self.core_first.val();
        self.core_waits.next = false;
        self.w_addr.next = self.ww.addr.val();
        self.w_data.next = self.ww.data.val();
        self.w_be.next = self.ww.be.val();
        if self.core_granted.q.val() {
            self.w_addr.next = self.wc.addr.val();
            self.w_data.next = self.wc.data.val();
            self.w_be.next = self.wc.be.val();
        }
        self.settled.next = !(self.ww.want.val().any() | self.wy.want.val().any());
        self.rf.pop.next = false;
        self.rg.pop.next = false;
        self.ry.pop.next = false;
        self.rc.pop.next = false;
        self.ww.pop.next = false;
        self.wy.pop.next = false;
        self.wc.pop.next = false;
        for i in 0..self._banks {
            self.read[i].clock.next = self.clock.val();
            self.write[i].clock.next = self.clock.val();
            self.bank[i].clock.next = self.clock.val();
            self.read[i].reset.next = self.reset.val();
            self.write[i].reset.next = self.reset.val();
            self.read[i].request0.next =
                self.rf.want.val().get_bit(i) & !self.hold.val().get_bit(i);
            self.read[i].request1.next =
                self.rg.want.val().get_bit(i) & !self.hold.val().get_bit(i);
            self.read[i].request2.next =
                self.ry.want.val().get_bit(i) & !self.hold.val().get_bit(i);
            self.read[i].request3.next =
                self.rc.want.val().get_bit(i) & !self.hold.val().get_bit(i);
            self.core[i].next = self.wc.want.val().get_bit(i) & !self.engine_hold.val().get_bit(i);
            self.write[i].request0.next = self.ww.want.val().get_bit(i) & !self.core_turn.q.val();
            if self.core[i].val() {
                self.core_waits.next = true;
                if self.core_first.val() {
                    self.write[i].request0.next = true;
                }
            }
            self.write[i].request1.next = self.wy.want.val().get_bit(i);
            self.write[i].request2.next = false;
            self.write[i].request3.next = false;
            if self.read[i].grant0.val() {
                self.rf.pop.next = true;
            }
            if self.read[i].grant1.val() {
                self.rg.pop.next = true;
            }
            if self.read[i].grant2.val() {
                self.ry.pop.next = true;
            }
            if self.read[i].grant3.val() {
                self.rc.pop.next = true;
            }
            if self.write[i].grant0.val() {
                self.ww.pop.next = !self.core_first.val();
                self.wc.pop.next = self.core_first.val();
            }
            if self.write[i].grant1.val() {
                self.wy.pop.next = true;
            }
            self.read_addr[i].sel0.next = self.read[i].select0.val();
            self.read_addr[i].sel1.next = self.read[i].select1.val();
            self.read_addr[i].sel1_n.next = self.read[i].select1_n.val();
            self.read_addr[i].a.next = self.rf.addr.val();
            self.read_addr[i].b.next = self.rg.addr.val();
            self.read_addr[i].c.next = self.ry.addr.val();
            self.read_addr[i].d.next = self.rc.addr.val();
            self.bank[i].read_addr.next = self.read_addr[i].q.val();
            if self.write[i].select0.val() {
                self.bank[i].write_addr.next = self.wy.addr.val();
                self.bank[i].data.next = self.wy.data.val();
                self.bank[i].we.next = self.wy.be.val();
            } else {
                self.bank[i].write_addr.next = self.w_addr.val();
                self.bank[i].data.next = self.w_data.val();
                self.bank[i].we.next = self.w_be.val();
            }
            if self.write[i].any.val() {
                self.settled.next = false;
            } else {
                self.bank[i].we.next = 0.into();
            }
            self.rf.word[i].next = self.bank[i].q.val();
            self.rg.word[i].next = self.bank[i].q.val();
            self.ry.word[i].next = self.bank[i].q.val();
            self.rc.word[i].next = self.bank[i].q.val();
        }
        self.core_turn.d.next = self.core_waits.val() & !self.core_first.val();
        self.waiting.d.next = (self.rf.want.val().any() & !self.rf.pop.val())
            | (self.rg.want.val().any() & !self.rg.pop.val())
            | (self.ry.want.val().any() & !self.ry.pop.val())
            | (self.rc.want.val().any() & !self.rc.pop.val())
            | (self.ww.want.val().any() & !self.ww.pop.val())
            | (self.wy.want.val().any() & !self.wy.pop.val())
            | (self.wc.want.val().any() & !self.wc.pop.val());
        if self.waiting.q.val() {
            self.count.d.next = self.count.q.val() + 1;
        }
        self.conflicts.next = self.count.q.val();
        if self.reset.val() {
            self.count.d.next = 0.into();
            self.waiting.d.next = false;
            self.core_turn.d.next = false;
        }
    }
}
