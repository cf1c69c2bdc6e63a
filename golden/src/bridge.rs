//! The bridge between the host link and the PEs, without time: [`synfire_format::link`] says what each frame does.
//!
//! Bytes go in, bytes come out, and the PEs run where [`Bridge::run`] lets them. What the model leaves out is time and
//! space: frames are answered at once, a `SEND` waits for no room, the cycles and what is counted in cycles stay 0, and
//! `CYCLE` reads the instructions retired.
//!
//! Pokes and writes take effect when they arrive, as in the RTL: who writes keeps out of what the PE reads.

use std::collections::VecDeque;

use synfire_format::FORMAT_VERSION;
use synfire_format::link::{
    HEADER, IDENTITY_BYTES, MAX_BYTES, MAX_PACKETS, MAX_WORDS, PACKET_BYTES, QUEUE, READ_ROOM,
    VERSION, WINDOW, command, control, counter, identity, status,
};
use synfire_format::packet::{NEAREST_NEIGHBOUR, Packet};

use crate::core::StepResult;
use crate::devices::Inputs;
use crate::feeder::{self, Feeder};
use crate::frame::{Arrived, Deframer, frame};
use crate::pe::Pe;

/// A PE and what the bridge holds for it.
struct Station {
    pe: Pe,
    run: bool,
    /// Program counter of the last instruction retired.
    last_pc: u32,
    /// Messages that wait for the host: those of the queue, and one more in the PE's port.
    queue: VecDeque<Packet>,
    /// Of PE 0, where the machine has a sample store.
    feeder: Option<Feeder>,
}

impl Station {
    /// Executes one instruction; whether it retired. The PE is held where a message finds no room in the queue, and not
    /// at the next message, as in the RTL: what is between them happens later, which only the count retired shows.
    fn step(&mut self) -> bool {
        if self.queue.len() > QUEUE {
            return false;
        }
        let inputs = Inputs {
            cycle: self.pe.core().retired() as u32,
            tick: None,
        };
        let StepResult::Retired(retire) = self.pe.step(&inputs) else {
            return false;
        };
        self.last_pc = retire.pc;
        if self.pe.has_sent() {
            let before = self.queue.len();
            self.queue.extend(self.pe.take_sent());
            self.entered(before);
        }
        true
    }

    /// Messages entered the queue's places from this one on: they are answers. What is beyond [`QUEUE`] is still in the
    /// PE's port.
    fn entered(&mut self, from: usize) {
        let Some(feeder) = &mut self.feeder else {
            return;
        };
        let new = self.queue.iter().take(QUEUE).skip(from);
        for _ in new.filter(|p| p.kind != NEAREST_NEIGHBOUR) {
            feeder.answered();
        }
        self.feed();
    }

    /// Gives the PE the samples that it may have.
    fn feed(&mut self) {
        while let Some(packets) = self.feeder.as_mut().and_then(Feeder::next_sample) {
            for packet in packets {
                self.pe.push_packet(packet);
            }
            self.pe.apply_pending_pokes();
        }
    }
}

/// The requests carried out and what went wrong, as `COUNTERS` gives them.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    carried_out: u32,
    damaged: u32,
    repeated: u32,
    out_of_order: u32,
}

fn count(n: &mut u32) {
    *n = n.saturating_add(1);
}

/// What a request came to: its response's payload, or the status that says why not.
type Outcome = Result<Vec<u8>, u8>;

/// The end of the link at the machine.
pub struct Bridge {
    stations: Vec<Station>,
    build: u64,
    input: Deframer,
    output: Vec<u8>,
    /// The session's nonce.
    session: Option<u32>,
    expected: u8,
    /// The last responses, oldest first: their requests' numbers and their bytes. The numbers follow each other up to
    /// the one before `expected`.
    responses: VecDeque<(u8, Vec<u8>)>,
    counts: Counts,
}

impl Bridge {
    /// A bridge out of reset with these PEs, held; `build` names what the machine was made from.
    pub fn new(pes: Vec<Pe>, build: u64) -> Self {
        let station = |pe| Station {
            pe,
            run: false,
            last_pc: 0,
            queue: VecDeque::new(),
            feeder: None,
        };
        Self {
            stations: pes.into_iter().map(station).collect(),
            build,
            input: Deframer::default(),
            output: Vec::new(),
            session: None,
            expected: 0,
            responses: VecDeque::new(),
            counts: Counts::default(),
        }
    }

    /// With a sample store of `kb` KB, its feeder before PE 0; 0 is none.
    pub fn with_store(mut self, kb: u32) -> Self {
        if let Some(station) = self.stations.first_mut() {
            station.feeder = (kb > 0).then(|| Feeder::new(kb));
        }
        self
    }

    /// Bytes arrive from the host; every frame that ends within them is dealt with.
    pub fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match self.input.take(byte) {
                Some(Arrived::Good(body)) => self.good(body[0], body[1], &body[HEADER..]),
                Some(Arrived::Damaged) => self.damaged(),
                None => {}
            }
        }
    }

    /// The bytes for the host since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Lets every PE that runs retire up to `steps` instructions; the most that one of them did, 0 where all are held,
    /// wait or have ended.
    pub fn run(&mut self, steps: u32) -> u32 {
        let mut most = 0;
        for station in self.stations.iter_mut().filter(|s| s.run) {
            let done = (0..steps).take_while(|_| station.step()).count();
            most = most.max(done as u32);
        }
        most
    }

    /// The PE of that number.
    pub fn pe(&self, number: usize) -> Option<&Pe> {
        self.stations.get(number).map(|s| &s.pe)
    }

    fn good(&mut self, kind: u8, number: u8, payload: &[u8]) {
        let (code, pe) = (kind & 0xf, kind >> 4);
        if let (command::HELLO, Some(nonce)) = (code, nonce(payload)) {
            let response = frame(pe << 4 | status::OK, number, &self.identity());
            self.output.extend(&response);
            if self.session == Some(nonce) {
                return;
            }
            self.session = Some(nonce);
            self.counts = Counts::default();
            self.responses.clear();
            self.keep(number, response);
            return;
        }
        if self.session.is_none() {
            self.output.extend(frame(status::NO_SESSION, 0, &[]));
            return;
        }
        if number != self.expected {
            match self.responses.iter().find(|(n, _)| *n == number) {
                Some((_, response)) => {
                    self.output.extend(response);
                    count(&mut self.counts.repeated);
                }
                None => {
                    count(&mut self.counts.out_of_order);
                    self.expect();
                }
            }
            return;
        }
        let outcome = self.carry_out(code, usize::from(pe), payload);
        let response = match &outcome {
            Ok(payload) => {
                count(&mut self.counts.carried_out);
                frame(pe << 4 | status::OK, number, payload)
            }
            Err(status) => frame(pe << 4 | status, number, &[]),
        };
        self.output.extend(&response);
        self.keep(number, response);
    }

    fn damaged(&mut self) {
        count(&mut self.counts.damaged);
        if self.session.is_some() {
            self.expect();
        } else {
            self.output.extend(frame(status::NO_SESSION, 0, &[]));
        }
    }

    /// Says which number is expected.
    fn expect(&mut self) {
        self.output
            .extend(frame(status::EXPECT, self.expected, &[]));
    }

    /// Keeps a response for a repetition of its request; the next number is expected then.
    fn keep(&mut self, number: u8, response: Vec<u8>) {
        if self.responses.len() == usize::from(WINDOW) {
            self.responses.pop_front();
        }
        self.responses.push_back((number, response));
        self.expected = number.wrapping_add(1);
    }

    fn identity(&self) -> [u8; IDENTITY_BYTES] {
        let mut bytes = [0; IDENTITY_BYTES];
        bytes[identity::PROTOCOL] = VERSION;
        bytes[identity::PES] = self.stations.len() as u8;
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(identity::FORMAT, &FORMAT_VERSION.to_le_bytes());
        if let Some(Station { pe, feeder, .. }) = self.stations.first() {
            put(identity::ID, &pe.id().to_le_bytes());
            let sram_kb = (pe.sram().size() / 1024) as u16;
            put(identity::SRAM_KB, &sram_kb.to_le_bytes());
            let store_kb = feeder.as_ref().map_or(0, Feeder::store_kb);
            put(identity::STORE_KB, &store_kb.to_le_bytes());
        }
        put(identity::BUILD, &self.build.to_le_bytes());
        bytes
    }

    /// Carries out a request of the session, which changes nothing where it cannot be.
    fn carry_out(&mut self, code: u8, pe: usize, payload: &[u8]) -> Outcome {
        let counts = self.counts;
        if let Some(feeder) = self.stations.first().and_then(|s| s.feeder.as_ref())
            && code > command::COUNTERS
        {
            let request = feeder.request(code, payload)?;
            // The feeder is before PE 0.
            let first = self.stations.first_mut().filter(|_| pe == 0);
            return first.ok_or(status::PE)?.resident(request);
        }
        let request = Request::new(code, payload)?;
        // All PEs have the same SRAM.
        let sram = self.stations.first().map_or(0, |s| s.pe.sram().size());
        request.check_range(sram)?;
        let station = self.stations.get_mut(pe).ok_or(status::PE)?;
        match request {
            Request::Read { address, bytes } => station.read(address, bytes),
            Request::Write { address, data } => {
                let from = address as usize;
                let sram = station.pe.sram_mut().bytes_mut();
                sram[from..from + data.len()].copy_from_slice(&data);
                Ok(Vec::new())
            }
            Request::Send(packets) => {
                station.send(packets);
                Ok(Vec::new())
            }
            Request::Receive(most) => Ok(station.receive(most)),
            Request::Control(bits) => Ok(station.control(bits)),
            Request::Counters => Ok(station.counters(counts)),
        }
    }
}

/// A request whose command exists and whose payload has its length.
enum Request<'a> {
    Read { address: u32, bytes: usize },
    Write { address: u32, data: Vec<u8> },
    Send(&'a [u8]),
    Receive(usize),
    Control(u8),
    Counters,
}

impl<'a> Request<'a> {
    fn new(code: u8, payload: &'a [u8]) -> Result<Self, u8> {
        match (code, payload) {
            (command::READ, &[a, b, c, d, words]) => Ok(Request::Read {
                address: u32::from_le_bytes([a, b, c, d]),
                bytes: 4 * within(words.into(), MAX_WORDS)?,
            }),
            (command::WRITE, &[a, b, c, d, ref data @ ..]) if data.len().is_multiple_of(4) => {
                within(data.len() / 4, MAX_WORDS)?;
                let data = data.to_vec();
                let address = u32::from_le_bytes([a, b, c, d]);
                Ok(Request::Write { address, data })
            }
            (command::WRITE_BYTES, &[a, b, c, d, ref data @ ..])
                if data.len().is_multiple_of(2) =>
            {
                within(data.len(), MAX_BYTES)?;
                let value = |&b: &u8| [b, 0];
                let data = data.iter().flat_map(value).collect();
                let address = u32::from_le_bytes([a, b, c, d]);
                Ok(Request::Write { address, data })
            }
            (command::SEND, packets) if packets.len().is_multiple_of(PACKET_BYTES) => {
                within(packets.len() / PACKET_BYTES, MAX_PACKETS)?;
                Ok(Request::Send(packets))
            }
            (command::RECEIVE, &[most]) => Ok(Request::Receive(within(most.into(), MAX_PACKETS)?)),
            (command::CONTROL, &[bits]) => Ok(Request::Control(bits)),
            (command::COUNTERS, []) => Ok(Request::Counters),
            // A `HELLO` without a nonce, too.
            (command::HELLO..=command::COUNTERS, _) => Err(status::LENGTH),
            _ => Err(status::COMMAND),
        }
    }

    /// Refuses what does not lie in an SRAM of that size.
    fn check_range(&self, sram: u32) -> Result<(), u8> {
        let (address, bytes) = match self {
            Request::Read { address, bytes } => (*address, *bytes),
            Request::Write { address, data } => (*address, data.len()),
            _ => return Ok(()),
        };
        let inside = u64::from(address) + bytes as u64 <= u64::from(sram);
        if inside && address.is_multiple_of(4) {
            Ok(())
        } else {
            Err(status::ADDRESS)
        }
    }
}

/// The nonce of a `HELLO`.
fn nonce(payload: &[u8]) -> Option<u32> {
    let bytes: [u8; 4] = payload.try_into().ok()?;
    Some(u32::from_le_bytes(bytes)).filter(|&n| n != 0)
}

/// A count of 1 to `most`.
fn within(n: usize, most: usize) -> Result<usize, u8> {
    if (1..=most).contains(&n) {
        Ok(n)
    } else {
        Err(status::LENGTH)
    }
}

impl Station {
    fn read(&mut self, address: u32, bytes: usize) -> Outcome {
        if QUEUE.saturating_sub(self.queue.len()) < READ_ROOM {
            return Err(status::FULL);
        }
        let from = address as usize;
        Ok(self.pe.sram().bytes()[from..from + bytes].to_vec())
    }

    fn send(&mut self, packets: &[u8]) {
        for packet in packets.chunks_exact(PACKET_BYTES) {
            let bits = packet
                .iter()
                .rev()
                .fold(0, |bits, &b| bits << 8 | u128::from(b));
            self.pe.push_bits(bits);
            self.pe.apply_pending_pokes();
        }
        self.queue.extend(self.pe.take_answers());
    }

    /// Carries out a request of the feeder.
    fn resident(&mut self, request: feeder::Request) -> Outcome {
        if let Some(feeder) = &mut self.feeder {
            feeder.carry_out(request)?;
        }
        self.feed();
        Ok(Vec::new())
    }

    fn receive(&mut self, most: usize) -> Vec<u8> {
        let taken = most.min(self.queue.len());
        let packets = self.queue.drain(..taken);
        let response: Vec<u8> = packets
            .flat_map(|p| p.encode().to_le_bytes().into_iter().take(PACKET_BYTES))
            .collect();
        // What waited in the port moves up.
        self.entered(QUEUE.saturating_sub(taken));
        response
    }

    fn control(&mut self, bits: u8) -> Vec<u8> {
        if bits & control::RESET != 0 {
            self.pe.reset();
            self.queue.clear();
            self.last_pc = 0;
            if let Some(feeder) = &mut self.feeder {
                feeder.reset();
            }
        }
        self.run = bits & control::RUN != 0;
        let stepped = !self.run && bits & control::STEP != 0 && self.step();
        let halt = self.pe.halt();
        let mut flags = 0;
        for (flag, holds) in [
            (control::RUNNING, self.run),
            (control::HALTED, halt.is_some()),
            (control::STEPPED, stepped),
        ] {
            if holds {
                flags |= flag;
            }
        }
        let mut response = self.last_pc.to_le_bytes().to_vec();
        response.push(flags);
        response.extend(halt.map_or(0, |h| h.code()).to_le_bytes());
        response
    }

    fn counters(&self, counts: Counts) -> Vec<u8> {
        let mut words = [0; counter::COUNT];
        words[counter::CARRIED_OUT] = counts.carried_out;
        words[counter::DAMAGED] = counts.damaged;
        words[counter::REPEATED] = counts.repeated;
        words[counter::OUT_OF_ORDER] = counts.out_of_order;
        words[counter::RETIRED] = u32::try_from(self.pe.core().retired()).unwrap_or(u32::MAX);
        words.into_iter().flat_map(u32::to_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests;
