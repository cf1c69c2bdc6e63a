//! `Feeder`: samples that stay in the machine, and their way into PE 0 (`synfire_format::link`, "Resident samples").
//!
//! Two machines around a block RAM and a queue of 64 numbers in LUT RAM. One carries out STORE, ARRANGE and FEED for the
//! executor, three cycles for two bytes, and changes nothing before it knows that it may. The other takes a number
//! while the PE owes fewer than two answers, and offers a poke for two pixels, nine cycles for four, then the message. It
//! does not look into messages: every one that enters the PE's queue is an answer.

use crate::cells::DistRam;
use crate::store_ram::StoreRam;
use rust_hdl::prelude::*;

/// What is done for the executor.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum RequestState {
    Idle,
    Check,
    Low,
    High,
    /// Two bytes are there.
    Use,
    /// An end is there, to be held against the store's.
    Judge,
    Done,
}

/// What is done for the PE.
#[derive(Copy, Clone, PartialEq, Debug, LogicState)]
pub enum FeedState {
    Wait,
    /// The store reads.
    Ask,
    /// Its word goes into a register: the memory's output alone takes a third of a cycle on the ECP5.
    Catch,
    Sort,
    /// A poke, or with `closing` the message.
    Build,
    Parity,
    Offer,
}

/// See the module's comment.
#[derive(LogicBlock)]
pub struct Feeder {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// The PE is reset: what waits is forgotten.
    pub clear: Signal<In, Bit>,
    // From the executor: a request, until `done`.
    pub request: Signal<In, Bit>,
    pub command: Signal<In, Bits<4>>,
    /// Bytes of its payload.
    pub length: Signal<In, Bits<8>>,
    pub other_pe: Signal<In, Bit>,
    /// Next byte of the payload, and that it is taken.
    pub data: Signal<In, Bits<8>>,
    pub step: Signal<Out, Bit>,
    pub done: Signal<Out, Bit>,
    pub status: Signal<Out, Bits<3>>,
    // To the PE.
    pub offer: Signal<Out, Bit>,
    pub taken: Signal<In, Bit>,
    pub packet: Signal<Out, Bits<72>>,
    /// A message of the PE enters its queue.
    pub answered: Signal<In, Bit>,
    store: StoreRam,
    queue: DistRam<6, 16>,
    words: Constant<Bits<17>>,
    // The request.
    state: DFF<RequestState>,
    status_q: DFF<Bits<3>>,
    left: DFF<Bits<8>>,
    first: DFF<Bit>,
    second_half: DFF<Bit>,
    unit: DFF<Bits<16>>,
    low: DFF<Bits<16>>,
    /// Word of the store.
    address: DFF<Bits<16>>,
    astray: DFF<Bit>,
    end: DFF<Bits<18>>,
    room: DFF<Bit>,
    is_store: Signal<Local, Bit>,
    is_arrange: Signal<Local, Bit>,
    fits: Signal<Local, Bit>,
    outside: Signal<Local, Bit>,
    /// After `Use` or `Judge`: more bytes, or none.
    onward: Signal<Local, Bit>,
    write_words: Signal<Local, Bits<6>>,
    more: Signal<Local, Bits<7>>,
    filled: Signal<Local, Bits<8>>,
    // The arrangement, as its bytes came: pairs lowest.
    arrangement: DFF<Bits<112>>,
    /// Words of a sample: of its pixels, and one.
    sample_words: DFF<Bits<17>>,
    rounded: Signal<Local, Bits<17>>,
    // The queue of numbers: `head` with the numbers of the present request, `head_q` when they are all good.
    head: DFF<Bits<7>>,
    head_q: DFF<Bits<7>>,
    tail: DFF<Bits<7>>,
    used: Signal<Local, Bits<7>>,
    // The sample.
    feed: DFF<FeedState>,
    owed: DFF<Bits<2>>,
    take: Signal<Local, Bit>,
    paid: Signal<Local, Bit>,
    second: DFF<Bit>,
    marked: DFF<Bit>,
    closing: DFF<Bit>,
    half: DFF<Bit>,
    at: DFF<Bits<16>>,
    pairs: DFF<Bits<16>>,
    key: DFF<Bits<16>>,
    word: DFF<Bits<32>>,
    message: DFF<Bits<32>>,
    payload: DFF<Bits<32>>,
    parity: DFF<Bit>,
    key_parity: Signal<Local, Bit>,
    control: Signal<Local, Bits<8>>,
}

impl Feeder {
    /// A feeder with a store of `kb` KB, 1 to 256.
    pub fn new(kb: u32) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            clear: Default::default(),
            request: Default::default(),
            command: Default::default(),
            length: Default::default(),
            other_pe: Default::default(),
            data: Default::default(),
            step: Default::default(),
            done: Default::default(),
            status: Default::default(),
            offer: Default::default(),
            taken: Default::default(),
            packet: Default::default(),
            answered: Default::default(),
            store: StoreRam::new(kb),
            queue: Default::default(),
            words: Constant::new(u64::from(256 * kb).to_bits()),
            state: Default::default(),
            status_q: Default::default(),
            left: Default::default(),
            first: Default::default(),
            second_half: Default::default(),
            unit: Default::default(),
            low: Default::default(),
            address: Default::default(),
            astray: Default::default(),
            end: Default::default(),
            room: Default::default(),
            is_store: Default::default(),
            is_arrange: Default::default(),
            fits: Default::default(),
            outside: Default::default(),
            onward: Default::default(),
            write_words: Default::default(),
            more: Default::default(),
            filled: Default::default(),
            arrangement: Default::default(),
            sample_words: Default::default(),
            rounded: Default::default(),
            head: Default::default(),
            head_q: Default::default(),
            tail: Default::default(),
            used: Default::default(),
            feed: Default::default(),
            owed: Default::default(),
            take: Default::default(),
            paid: Default::default(),
            second: Default::default(),
            marked: Default::default(),
            closing: Default::default(),
            half: Default::default(),
            at: Default::default(),
            pairs: Default::default(),
            key: Default::default(),
            word: Default::default(),
            message: Default::default(),
            payload: Default::default(),
            parity: Default::default(),
            key_parity: Default::default(),
            control: Default::default(),
        }
    }
}

impl Logic for Feeder {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            status_q,
            left,
            first,
            second_half,
            unit,
            low,
            address,
            astray,
            end,
            room,
            arrangement,
            sample_words,
            head,
            head_q,
            tail,
            feed,
            owed,
            second,
            marked,
            closing,
            half,
            at,
            pairs,
            key,
            word,
            message,
            payload,
            parity
        );
        clock!(self, clock, store, queue);

        // Requests.
        self.is_store.next = self.command.val() == 8;
        self.is_arrange.next = self.command.val() == 9;
        self.fits.next = (self.length.val() == 14) & self.is_arrange.val();
        if self.is_store.val() {
            self.fits.next = (self.length.val().get_bits::<5>(3) != 0)
                & (self.length.val().get_bits::<2>(0) == 0);
        }
        self.more.next = self.length.val().get_bits::<7>(1);
        if self.command.val() == 10 {
            self.fits.next = !self.length.val().get_bit(0)
                & (self.more.val() != 0)
                & (!self.length.val().get_bit(7) | (self.more.val() == 64));
        }
        self.used.next = self.head_q.q.val() - self.tail.q.val();
        self.filled.next = bit_cast::<8, 7>(self.used.val()) + bit_cast::<8, 7>(self.more.val());
        self.write_words.next = self.length.val().get_bits::<6>(2) - 1;
        self.rounded.next = bit_cast::<17, 16>(self.arrangement.q.val().get_bits::<16>(0)) + 3;
        self.sample_words.d.next = self.rounded.val() >> 1;
        self.outside.next = self.end.q.val() > bit_cast::<18, 17>(self.words.val());
        self.onward.next = false;
        self.step.next = false;
        self.done.next = false;
        self.status.next = self.status_q.q.val();
        self.store.write.next = false;
        self.store.write_addr.next = self.address.q.val();
        self.store.write_data.next =
            bit_cast::<32, 16>(self.low.q.val()) | (bit_cast::<32, 16>(self.unit.q.val()) << 16);
        self.queue.write.next = false;
        self.queue.write_addr.next = self.head.q.val().get_bits::<6>(0);
        self.queue.write_data.next = self.unit.q.val();

        match self.state.q.val() {
            RequestState::Idle => {
                self.left.d.next = self.length.val();
                self.first.d.next = true;
                self.second_half.d.next = false;
                self.astray.d.next = false;
                self.head.d.next = self.head_q.q.val();
                if self.request.val() {
                    self.state.d.next = RequestState::Check;
                }
            }
            RequestState::Check => {
                // 65 and more have no room.
                self.room.d.next = !self.filled.val().get_bit(7)
                    & (!self.filled.val().get_bit(6) | (self.filled.val().get_bits::<6>(0) == 0));
                self.status_q.d.next = 0.into();
                self.state.d.next = RequestState::Low;
                if (self.command.val() < 8) | (self.command.val() > 10) {
                    self.status_q.d.next = 3.into();
                    self.state.d.next = RequestState::Done;
                } else if !self.fits.val() {
                    self.status_q.d.next = 4.into();
                    self.state.d.next = RequestState::Done;
                } else if self.is_arrange.val() & self.other_pe.val() {
                    self.status_q.d.next = 6.into();
                    self.state.d.next = RequestState::Done;
                }
            }
            RequestState::Low => {
                self.step.next = true;
                self.unit.d.next = bit_cast::<16, 8>(self.data.val());
                self.state.d.next = RequestState::High;
            }
            RequestState::High => {
                self.step.next = true;
                self.unit.d.next = self.unit.q.val() | (bit_cast::<16, 8>(self.data.val()) << 8);
                self.left.d.next = self.left.q.val() - 2;
                self.state.d.next = RequestState::Use;
            }
            RequestState::Use => {
                self.second_half.d.next = !self.second_half.q.val();
                self.low.d.next = self.unit.q.val();
                self.end.d.next = bit_cast::<18, 16>(self.unit.q.val())
                    + bit_cast::<18, 17>(self.sample_words.q.val());
                if self.is_arrange.val() {
                    self.arrangement.d.next = (self.arrangement.q.val() >> 16)
                        | (bit_cast::<112, 16>(self.unit.q.val()) << 96);
                    self.onward.next = true;
                } else if !self.is_store.val() {
                    self.state.d.next = RequestState::Judge;
                } else if !self.second_half.q.val() {
                    self.onward.next = true;
                } else if self.first.q.val() {
                    // The address, in bytes.
                    self.first.d.next = false;
                    self.address.d.next = bit_cast::<16, 14>(self.low.q.val().get_bits::<14>(2))
                        | (bit_cast::<16, 2>(self.unit.q.val().get_bits::<2>(0)) << 14);
                    self.astray.d.next = self.low.q.val().get_bits::<2>(0).any()
                        | self.unit.q.val().get_bits::<14>(2).any();
                    self.end.d.next = bit_cast::<18, 6>(self.write_words.val())
                        + (bit_cast::<18, 14>(self.low.q.val().get_bits::<14>(2))
                            | (bit_cast::<18, 2>(self.unit.q.val().get_bits::<2>(0)) << 14));
                    self.state.d.next = RequestState::Judge;
                } else {
                    self.store.write.next = true;
                    self.address.d.next = self.address.q.val() + 1;
                    self.onward.next = true;
                }
            }
            RequestState::Judge => {
                if self.outside.val() | self.astray.q.val() {
                    self.status_q.d.next = 5.into();
                    self.state.d.next = RequestState::Done;
                } else if self.is_store.val() {
                    self.onward.next = true;
                    if self.other_pe.val() {
                        self.status_q.d.next = 6.into();
                        self.onward.next = false;
                        self.state.d.next = RequestState::Done;
                    }
                } else {
                    self.onward.next = true;
                    self.queue.write.next = self.room.q.val() & !self.other_pe.val();
                    self.head.d.next = self.head.q.val() + 1;
                    if self.left.q.val() == 0 {
                        if self.other_pe.val() {
                            self.status_q.d.next = 6.into();
                        } else if !self.room.q.val() {
                            self.status_q.d.next = 7.into();
                        } else {
                            self.head_q.d.next = self.head.q.val() + 1;
                        }
                    }
                }
            }
            RequestState::Done => {
                self.done.next = true;
                self.state.d.next = RequestState::Idle;
            }
        }
        if self.onward.val() {
            self.state.d.next = RequestState::Low;
            if self.left.q.val() == 0 {
                self.state.d.next = RequestState::Done;
            }
        }

        // Samples.
        self.take.next = false;
        self.paid.next = self.answered.val() & (self.owed.q.val() != 0);
        self.queue.read_addr.next = self.tail.q.val().get_bits::<6>(0);
        self.store.read_addr.next = self.at.q.val();
        self.offer.next = false;
        match self.feed.q.val() {
            FeedState::Wait => {
                self.at.d.next = self.queue.q.val();
                self.marked.d.next = false;
                self.closing.d.next = false;
                self.half.d.next = false;
                self.pairs.d.next = self.arrangement.q.val().get_bits::<16>(0);
                self.key.d.next = self.arrangement.q.val().get_bits::<16>(16);
                if self.second.q.val() {
                    self.key.d.next = self.arrangement.q.val().get_bits::<16>(32);
                }
                if (self.used.val() != 0) & !self.owed.q.val().get_bit(1) {
                    self.take.next = true;
                    self.feed.d.next = FeedState::Ask;
                }
            }
            FeedState::Ask => {
                self.feed.d.next = FeedState::Catch;
            }
            FeedState::Catch => {
                self.word.d.next = self.store.q.val();
                self.at.d.next = self.at.q.val() + 1;
                self.feed.d.next = FeedState::Sort;
            }
            FeedState::Sort => {
                self.marked.d.next = true;
                self.feed.d.next = FeedState::Build;
                if !self.marked.q.val() {
                    self.message.d.next =
                        self.word.q.val() | self.arrangement.q.val().get_bits::<32>(48);
                    if self.second.q.val() {
                        self.message.d.next =
                            self.word.q.val() | self.arrangement.q.val().get_bits::<32>(80);
                    }
                    self.closing.d.next = true;
                    if self.pairs.q.val() != 0 {
                        self.closing.d.next = false;
                        self.feed.d.next = FeedState::Ask;
                    }
                }
            }
            FeedState::Build => {
                self.payload.d.next = bit_cast::<32, 8>(self.word.q.val().get_bits::<8>(0))
                    | (bit_cast::<32, 8>(self.word.q.val().get_bits::<8>(8)) << 16);
                if self.closing.q.val() {
                    self.payload.d.next = self.message.q.val();
                    self.key.d.next = 0.into();
                }
                self.feed.d.next = FeedState::Parity;
            }
            FeedState::Parity => {
                // Of the control byte a poke has two other bits, a message one.
                self.parity.d.next =
                    self.payload.q.val().xor() ^ self.key_parity.val() ^ !self.closing.q.val();
                self.word.d.next = self.word.q.val() >> 16;
                self.pairs.d.next = self.pairs.q.val() - 1;
                self.feed.d.next = FeedState::Offer;
            }
            FeedState::Offer => {
                self.offer.next = true;
                if self.taken.val() {
                    self.half.d.next = !self.half.q.val();
                    self.key.d.next = self.key.q.val() + 1;
                    self.feed.d.next = FeedState::Build;
                    if self.closing.q.val() {
                        self.second.d.next = !self.second.q.val();
                        self.feed.d.next = FeedState::Wait;
                    } else if self.pairs.q.val() == 0 {
                        self.closing.d.next = true;
                    } else if self.half.q.val() {
                        self.feed.d.next = FeedState::Ask;
                    }
                }
            }
        }
        self.tail.d.next = self.tail.q.val() + bit_cast::<7, 1>(self.take.val().into());
        self.owed.d.next = self.owed.q.val() + bit_cast::<2, 1>(self.take.val().into())
            - bit_cast::<2, 1>(self.paid.val().into());
        self.key_parity.next = self.key.q.val().xor();
        self.control.next = bit_cast::<8, 1>(self.parity.q.val().into()) | 0x82;
        if self.closing.q.val() {
            self.control.next = bit_cast::<8, 1>(self.parity.q.val().into()) | 0x02;
        }
        self.packet.next = bit_cast::<72, 32>(self.payload.q.val())
            | (bit_cast::<72, 16>(self.key.q.val()) << 34)
            | (bit_cast::<72, 8>(self.control.val()) << 64);

        if self.clear.val() | self.reset.val() {
            self.feed.d.next = FeedState::Wait;
            self.head_q.d.next = 0.into();
            self.tail.d.next = 0.into();
            self.owed.d.next = 0.into();
            self.second.d.next = false;
        }
        if self.reset.val() {
            self.state.d.next = RequestState::Idle;
            self.arrangement.d.next = 0.into();
        }
    }
}
