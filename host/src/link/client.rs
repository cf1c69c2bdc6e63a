//! The client: numbers requests, keeps a window of them on the way, repeats what was lost.
//!
//! Answers are given out in the order of the requests, each once. Loss is seen in three ways:
//! - [`status::EXPECT`]: the bridge dropped a request; it and those after it go again (go back), once for all that the
//!   frames already on the way are answered with;
//! - a response to a later request, sent after the last sending of one without: its response was lost, it goes again and
//!   the bridge answers from its store;
//! - silence: everything without a response goes again.

use super::frame::{Arrived, Deframer, Frame};
use super::request::{Refusal, Request};
use super::wire::Wire;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher};
use std::io;
use synfire_format::link::{self, END, IDENTITY_BYTES, WINDOW, command, identity, status};
use thiserror::Error;

/// Repetitions without any progress after which the machine is given up.
const TRIES: u32 = 48;
/// Bytes without a good frame among them after which what speaks is no machine, or of another rate: many times what all
/// requests on the way can be answered with.
const NOISE: u64 = 1 << 15;
/// Times that a new session listens to what is left of an old one.
const DRAINS: u32 = 64;

/// Why the link cannot go on.
#[derive(Debug, Error)]
pub enum LinkError {
    #[error(
        "the connection to the machine broke: {0}; check cable and power, then run the command again"
    )]
    Wire(#[from] io::Error),
    #[error(
        "the machine gave no answer to {tries} repetitions ({damaged} damaged frames came): check cable, power and rate \
         (--baud), then run the command again"
    )]
    Silent { tries: u32, damaged: u64 },
    #[error(
        "{bytes} bytes came without one good frame among them ({damaged} damaged ones): check that the port is the machine's, \
         its cable and the rate (--baud), then run the command again"
    )]
    Noise { bytes: u64, damaged: u64 },
    #[error(
        "the machine has lost the session: it was reset, or another program spoke to it; run the command again"
    )]
    SessionLost,
    #[error(
        "the machine speaks version {theirs} of the link's protocol and this program version {ours}: use a machine and \
         a program of the same version"
    )]
    Protocol { theirs: u8, ours: u8 },
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Names a request from its sending to its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// What went over the link since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Statistics {
    /// Requests, each counted once.
    pub requests: u64,
    /// Frames sent again.
    pub resent: u64,
    /// Requests answered, refusals among them.
    pub answered: u64,
    /// Frames that arrived damaged.
    pub damaged: u64,
    /// Responses that had been taken before.
    pub repeated: u64,
    /// `EXPECT` that arrived.
    pub expected: u64,
    /// Times that nothing arrived.
    pub silences: u64,
    /// Bytes given to the wire and taken from it.
    pub bytes_sent: u64,
    pub bytes_received: u64,
}

type Outcome = Result<Vec<u8>, Refusal>;

/// A request on the way.
struct Flight {
    number: u8,
    ticket: Ticket,
    pe: u8,
    command: u8,
    bytes: Vec<u8>,
    outcome: Option<Outcome>,
    /// Counts of frames sent when this one was sent first and last.
    first: u64,
    last: u64,
}

/// A session with a machine.
pub struct Link<W> {
    wire: W,
    identity: [u8; IDENTITY_BYTES],
    input: Deframer,
    next: u8,
    tickets: u64,
    /// Oldest first, with consecutive numbers; at most [`WINDOW`].
    flights: VecDeque<Flight>,
    done: VecDeque<(Ticket, Outcome)>,
    frames_sent: u64,
    /// Frames sent whose answers of any kind have not come, at most. The bridge answers every frame that it finds, in
    /// order; what is lost on the way is taken off when an answer tells how far the bridge is.
    unanswered: u64,
    /// How many of them were sent before the last going back: an `EXPECT` among their answers is no news.
    old: u64,
    /// Repetitions since the last progress.
    tries: u32,
    /// Bytes since the last good frame.
    noise: u64,
    statistics: Statistics,
}

/// A nonce that no other session has had lately.
pub fn nonce() -> u32 {
    let random = std::collections::hash_map::RandomState::new();
    (random.build_hasher().finish() as u32).max(1)
}

impl<W: Wire> Link<W> {
    /// Starts a session over `wire`; `nonce` is not 0.
    ///
    /// # Errors
    /// Nothing answers, or a machine of another protocol.
    pub fn open(wire: W, nonce: u32) -> Result<Self, LinkError> {
        let first = nonce as u8;
        let mut link = Link {
            wire,
            identity: [0; IDENTITY_BYTES],
            input: Deframer::default(),
            next: first.wrapping_add(1),
            tickets: 0,
            flights: VecDeque::new(),
            done: VecDeque::new(),
            frames_sent: 0,
            unanswered: 0,
            old: 0,
            tries: 0,
            noise: 0,
            statistics: Statistics::default(),
        };
        // What is left of an older session ends here, in the bridge and on the way back.
        link.transmit(&[END, END])?;
        let patience = link.wire.patience();
        for _ in 0..DRAINS {
            let mut left = Vec::new();
            link.wire.receive(&mut left, patience)?;
            if left.is_empty() {
                break;
            }
        }
        let hello = Frame {
            kind: command::HELLO,
            number: first,
            payload: nonce.to_le_bytes().to_vec(),
        };
        link.transmit(&hello.encode())?;
        loop {
            let arrived = link.listen()?;
            let silent = arrived.is_empty();
            for frame in arrived {
                if let Arrived::Good(Frame {
                    kind: status::OK,
                    number,
                    payload,
                }) = frame
                    && number == first
                    && let Ok(identity) = payload.try_into()
                {
                    link.identity = identity;
                }
            }
            if link.identity[identity::PROTOCOL] != 0 {
                break;
            }
            if silent {
                link.try_again()?;
                link.transmit(&hello.encode())?;
            }
        }
        (link.tries, link.unanswered) = (0, 0);
        let theirs = link.identity[identity::PROTOCOL];
        if theirs != link::VERSION {
            let ours = link::VERSION;
            return Err(LinkError::Protocol { theirs, ours });
        }
        Ok(link)
    }

    /// `HELLO`'s response, see [`identity`].
    pub fn identity(&self) -> &[u8; IDENTITY_BYTES] {
        &self.identity
    }

    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    pub fn wire(&self) -> &W {
        &self.wire
    }

    pub fn wire_mut(&mut self) -> &mut W {
        &mut self.wire
    }

    /// Whether another request may go on its way now.
    pub fn has_room(&self) -> bool {
        self.flights.len() < usize::from(WINDOW)
    }

    /// Requests whose responses have not come, or wait for one before them.
    pub fn on_the_way(&self) -> usize {
        self.flights.len()
    }

    /// Sends a request to a PE as soon as the window has room.
    ///
    /// # Errors
    /// [`LinkError`], but no refusal.
    pub fn submit(&mut self, pe: u8, request: &Request) -> Result<Ticket, LinkError> {
        while !self.has_room() {
            self.pump()?;
        }
        let frame = Frame {
            kind: pe << 4 | request.command,
            number: self.next,
            payload: request.payload.clone(),
        };
        let bytes = frame.encode();
        // The end before it is that of the last frame; a frame sent again has its own, noise may have come between.
        self.transmit(&bytes[1..])?;
        let ticket = Ticket(self.tickets);
        self.flights.push_back(Flight {
            number: self.next,
            ticket,
            pe,
            command: request.command,
            bytes,
            outcome: None,
            first: self.frames_sent,
            last: self.frames_sent,
        });
        self.tickets += 1;
        self.next = self.next.wrapping_add(1);
        self.statistics.requests += 1;
        Ok(ticket)
    }

    /// The next response, in the order of the requests, if one is there.
    pub fn take(&mut self) -> Option<(Ticket, Result<Vec<u8>, Refusal>)> {
        self.done.pop_front()
    }

    /// Waits for something to arrive and deals with it; repeats what was lost.
    ///
    /// # Errors
    /// [`LinkError`], but no refusal.
    pub fn pump(&mut self) -> Result<(), LinkError> {
        let arrived = self.listen()?;
        if arrived.is_empty() && !self.flights.is_empty() {
            // Nothing more comes of what was sent.
            (self.unanswered, self.old) = (0, 0);
            self.try_again()?;
            for i in 0..self.flights.len() {
                self.resend(i)?;
            }
        }
        for one in arrived {
            self.unanswered = self.unanswered.saturating_sub(1);
            if let Arrived::Good(frame) = one {
                self.good(frame)?;
            }
            self.old = self.old.saturating_sub(1);
        }
        Ok(())
    }

    /// Sends a request and waits for its response's payload; responses to others stay to be taken.
    ///
    /// # Errors
    /// [`LinkError`], a refusal too.
    pub fn request(&mut self, pe: u8, request: &Request) -> Result<Vec<u8>, LinkError> {
        let ticket = self.submit(pe, request)?;
        loop {
            if let Some(at) = self.done.iter().position(|(t, _)| *t == ticket)
                && let Some((_, outcome)) = self.done.remove(at)
            {
                return Ok(outcome?);
            }
            self.pump()?;
        }
    }

    fn transmit(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        self.wire.send(bytes)?;
        self.frames_sent += 1;
        self.unanswered += 1;
        self.statistics.bytes_sent += bytes.len() as u64;
        Ok(())
    }

    /// What arrives within the wire's patience. Nothing, if no byte did; bytes that end no frame are waited for on.
    fn listen(&mut self) -> Result<Vec<Arrived>, LinkError> {
        let patience = self.wire.patience();
        loop {
            let mut bytes = Vec::new();
            self.wire.receive(&mut bytes, patience)?;
            self.statistics.bytes_received += bytes.len() as u64;
            self.noise += bytes.len() as u64;
            let arrived: Vec<_> = bytes.iter().filter_map(|&b| self.input.take(b)).collect();
            let damaged = arrived.iter().filter(|a| **a == Arrived::Damaged);
            self.statistics.damaged += damaged.count() as u64;
            if bytes.is_empty() {
                self.statistics.silences += 1;
            }
            if arrived.iter().any(|a| *a != Arrived::Damaged) {
                self.noise = 0;
            } else if self.noise > NOISE {
                return Err(LinkError::Noise {
                    bytes: self.noise,
                    damaged: self.statistics.damaged,
                });
            }
            if bytes.is_empty() || !arrived.is_empty() {
                return Ok(arrived);
            }
        }
    }

    fn try_again(&mut self) -> Result<(), LinkError> {
        self.tries += 1;
        if self.tries > TRIES {
            return Err(LinkError::Silent {
                tries: TRIES,
                damaged: self.statistics.damaged,
            });
        }
        Ok(())
    }

    /// Sends request `i` on the way again, if it has no response.
    fn resend(&mut self, i: usize) -> Result<(), LinkError> {
        if self.flights[i].outcome.is_none() {
            let bytes = std::mem::take(&mut self.flights[i].bytes);
            self.transmit(&bytes)?;
            self.statistics.resent += 1;
            let flight = &mut self.flights[i];
            flight.bytes = bytes;
            flight.last = self.frames_sent;
        }
        Ok(())
    }

    /// Place in the window of a number, if it is on the way (or the one after the last).
    fn place(&self, number: u8) -> Option<usize> {
        let oldest = self.flights.front().map_or(self.next, |f| f.number);
        let place = usize::from(number.wrapping_sub(oldest));
        (place <= self.flights.len()).then_some(place)
    }

    fn good(&mut self, frame: Frame) -> Result<(), LinkError> {
        match frame.kind & 0xf {
            status::NO_SESSION => return Err(LinkError::SessionLost),
            status::EXPECT => {
                self.statistics.expected += 1;
                return self.go_back(frame.number);
            }
            _ => {}
        }
        let place = self.place(frame.number);
        let waiting = place.filter(|&p| self.flights.get(p).is_some_and(|f| f.outcome.is_none()));
        let Some(place) = waiting else {
            self.statistics.repeated += 1;
            return Ok(());
        };
        let flight = &mut self.flights[place];
        let (pe, command, first) = (flight.pe, flight.command, flight.first);
        if first == flight.last {
            self.unanswered = self.frames_sent - first;
        }
        flight.outcome = Some(match frame.kind & 0xf {
            status::OK => Ok(frame.payload),
            status => Err(Refusal {
                command,
                pe,
                status,
            }),
        });
        self.statistics.answered += 1;
        self.tries = 0;
        for i in 0..place {
            if self.flights[i].last < first {
                self.resend(i)?;
            }
        }
        while let Some(Flight {
            outcome: Some(_), ..
        }) = self.flights.front()
            && let Some(flight) = self.flights.pop_front()
            && let Some(outcome) = flight.outcome
        {
            self.done.push_back((flight.ticket, outcome));
        }
        Ok(())
    }

    /// Sends again from `number` on, which the bridge expects.
    fn go_back(&mut self, number: u8) -> Result<(), LinkError> {
        if self.old > 0 {
            return Ok(());
        }
        let Some(place) = self.place(number).filter(|&p| p < self.flights.len()) else {
            return Ok(());
        };
        self.try_again()?;
        // One more than there are: this answer is among those counted down.
        self.old = self.unanswered + 1;
        for i in place..self.flights.len() {
            self.resend(i)?;
        }
        Ok(())
    }
}
