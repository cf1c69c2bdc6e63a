//! A device at the other end of a link.

use super::resident::{self, Kept};
use super::sample::{self, Feed, Streamed};
use super::{CoreState, Device, DeviceCounters, DeviceError, Identity};
use crate::data::Dataset;
use crate::deepr::layout::Layout;
use crate::link::{Link, Request, Statistics, Wire, nonce};
use std::time::{Duration, Instant};
use synfire_format::link::{MAX_PACKETS, MAX_WORDS, PACKET_BYTES, control};
use synfire_format::packet::Packet;

/// How long a message is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// The first PE of a machine.
pub struct Board<W> {
    pub(super) link: Link<W>,
    identity: Identity,
    pub(super) pe: u8,
    /// What its store holds.
    kept: Option<Kept>,
}

impl<W: Wire> Board<W> {
    /// Starts a session over `wire`.
    ///
    /// # Errors
    /// Nothing answers there, or it speaks another protocol.
    pub fn open(wire: W) -> Result<Self, DeviceError> {
        Self::with_nonce(wire, nonce())
    }

    /// The same with this nonce, not 0: two machines that are alike then see the same bytes.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_nonce(wire: W, nonce: u32) -> Result<Self, DeviceError> {
        let link = Link::open(wire, nonce)?;
        let identity = Identity::new(link.identity());
        Ok(Board {
            link,
            identity,
            pe: 0,
            kept: None,
        })
    }

    /// The link under the device.
    pub fn link(&self) -> &Link<W> {
        &self.link
    }

    /// The wire under the link.
    pub fn wire_mut(&mut self) -> &mut W {
        self.link.wire_mut()
    }

    /// Carries out `requests` with the window full; their responses' payloads in order.
    fn all(
        &mut self,
        requests: impl IntoIterator<Item = Request>,
    ) -> Result<Vec<Vec<u8>>, DeviceError> {
        let mut responses = Vec::new();
        for request in requests {
            self.link.submit(self.pe, &request)?;
            while let Some((_, outcome)) = self.link.take() {
                responses.push(outcome);
            }
        }
        while self.link.on_the_way() > 0 {
            self.link.pump()?;
        }
        while let Some((_, outcome)) = self.link.take() {
            responses.push(outcome);
        }
        responses
            .into_iter()
            .map(|r| r.map_err(|e| DeviceError::Link(e.into())))
            .collect()
    }

    fn request(&mut self, request: &Request) -> Result<Vec<u8>, DeviceError> {
        Ok(self.link.request(self.pe, request)?)
    }

    pub(super) fn control(&mut self, bits: u8) -> Result<CoreState, DeviceError> {
        let response = self.request(&Request::control(bits))?;
        let [a, b, c, d, flags, e, f, g, h] = response[..] else {
            return Err(DeviceError::Nonsense {
                what: format!("CONTROL with {} bytes", response.len()),
            });
        };
        Ok(CoreState {
            pc: u32::from_le_bytes([a, b, c, d]),
            running: flags & control::RUNNING != 0,
            exit: (flags & control::HALTED != 0).then(|| u32::from_le_bytes([e, f, g, h])),
            stepped: flags & control::STEPPED != 0,
        })
    }
}

/// The packets of a `RECEIVE`'s response.
pub(super) fn packets(response: &[u8]) -> Result<Vec<Packet>, DeviceError> {
    let whole = response.len().is_multiple_of(PACKET_BYTES);
    let decoded = response.chunks_exact(PACKET_BYTES).map(|p| {
        let bits = p.iter().rev().fold(0, |bits, &b| bits << 8 | u128::from(b));
        Packet::decode(bits)
    });
    let packets: Option<Vec<_>> = decoded.collect();
    packets
        .filter(|_| whole)
        .ok_or_else(|| DeviceError::Nonsense {
            what: format!("RECEIVE with {response:02x?}"),
        })
}

fn check(address: u32, bytes: usize) -> Result<(), DeviceError> {
    if address.is_multiple_of(4) && bytes.is_multiple_of(4) {
        Ok(())
    } else {
        Err(DeviceError::Words { address, bytes })
    }
}

impl<W: Wire> Device for Board<W> {
    fn identity(&self) -> Identity {
        self.identity
    }

    fn load(&mut self, image: &[u8]) -> Result<(), DeviceError> {
        self.reset()?;
        self.write(0, image)
    }

    fn read(&mut self, address: u32, bytes: usize) -> Result<Vec<u8>, DeviceError> {
        check(address, bytes)?;
        let chunk = 4 * MAX_WORDS;
        let requests = (0..bytes).step_by(chunk).map(|at| {
            let words = chunk.min(bytes - at) / 4;
            Request::read(address.wrapping_add(at as u32), words as u8)
        });
        let read = self.all(requests)?.concat();
        if read.len() != bytes {
            return Err(DeviceError::Nonsense {
                what: format!("READ of {bytes} bytes with {}", read.len()),
            });
        }
        Ok(read)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), DeviceError> {
        check(address, bytes.len())?;
        let chunk = 4 * MAX_WORDS;
        let requests = bytes
            .chunks(chunk)
            .enumerate()
            .map(|(i, words)| Request::write(address.wrapping_add((i * chunk) as u32), words));
        self.all(requests).map(|_| ())
    }

    fn start(&mut self) -> Result<CoreState, DeviceError> {
        self.control(control::RUN)
    }

    fn stop(&mut self) -> Result<CoreState, DeviceError> {
        self.control(0)
    }

    fn step(&mut self) -> Result<CoreState, DeviceError> {
        self.control(control::STEP)
    }

    fn reset(&mut self) -> Result<CoreState, DeviceError> {
        self.control(control::RESET)
    }

    fn counters(&mut self) -> Result<DeviceCounters, DeviceError> {
        let response = self.request(&Request::counters())?;
        DeviceCounters::new(&response).ok_or_else(|| DeviceError::Nonsense {
            what: format!("COUNTERS with {} bytes", response.len()),
        })
    }

    fn send(&mut self, packets: &[Packet]) -> Result<(), DeviceError> {
        let requests = packets.chunks(MAX_PACKETS).map(|chunk| {
            let bits: Vec<u128> = chunk.iter().map(Packet::encode).collect();
            Request::send(&bits)
        });
        self.all(requests).map(|_| ())
    }

    fn receive(&mut self, count: usize) -> Result<Vec<Packet>, DeviceError> {
        let mut received = Vec::new();
        let mut since = Instant::now();
        while received.len() < count {
            let most = MAX_PACKETS.min(count - received.len());
            let new = packets(&self.request(&Request::receive(most as u8))?)?;
            if !new.is_empty() {
                since = Instant::now();
            } else if since.elapsed() > PATIENCE {
                return Err(self.stuck());
            }
            received.extend(new);
        }
        Ok(received)
    }

    fn keep(&mut self, samples: &Dataset) -> Result<(), DeviceError> {
        let kept = Kept::new(samples, self.identity.store_kb)?;
        self.all(resident::store(samples))?;
        self.kept = Some(kept);
        Ok(())
    }

    fn samples(
        &mut self,
        layout: &Layout,
        train: bool,
        feed: &mut dyn Feed,
    ) -> Result<Streamed, DeviceError> {
        match self.kept {
            Some(kept) => resident::stream(self, kept, layout, train, feed),
            None => sample::stream(self, layout, train, feed),
        }
    }

    fn statistics(&self) -> Statistics {
        self.link.statistics()
    }

    fn baud(&self) -> Option<u32> {
        self.link.wire().baud()
    }
}

impl<W: Wire> Board<W> {
    /// What to say when a message does not come.
    pub(super) fn stuck(&mut self) -> DeviceError {
        match self.start() {
            Ok(core) => DeviceError::Stuck {
                seconds: PATIENCE.as_secs(),
                core,
            },
            Err(e) => e,
        }
    }
}
