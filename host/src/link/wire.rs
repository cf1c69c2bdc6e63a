//! What carries the link's bytes: the bridge of model or RTL in this process, or a serial port.

use std::io::{self, Read, Write as _};
use std::time::Duration;
use synfire_golden::Bridge;
use synfire_sim::link::LinkRtl;
use thiserror::Error;

/// Carries bytes to a machine and back, in order where none are lost.
pub trait Wire {
    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// The other end is gone.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Appends to `into` what has come; where nothing has, waits for it, at most for `patience`.
    ///
    /// # Errors
    /// The other end is gone.
    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> io::Result<()>;

    /// How long after the last byte nothing more will come of itself: what is missing then was lost.
    fn patience(&self) -> Duration;

    /// Baud, ten bits a byte; `None` where bytes come in parallel.
    fn baud(&self) -> Option<u32> {
        None
    }
}

/// Passes everything on to the wire inside.
macro_rules! forward {
    ($of:ty) => {
        impl<W: Wire + ?Sized> Wire for $of {
            fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
                (**self).send(bytes)
            }

            fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> io::Result<()> {
                (**self).receive(into, patience)
            }

            fn patience(&self) -> Duration {
                (**self).patience()
            }

            fn baud(&self) -> Option<u32> {
                (**self).baud()
            }
        }
    };
}
forward!(Box<W>);
forward!(&mut W);

/// Instructions that a PE of the model may retire each time that somebody listens.
const PACE: u32 = 4096;

/// The model's bridge in this process. Its PEs run while the host receives, and answers are there at once.
pub struct GoldenWire {
    pub bridge: Bridge,
}

impl Wire for GoldenWire {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bridge.push(bytes);
        Ok(())
    }

    fn receive(&mut self, into: &mut Vec<u8>, _: Duration) -> io::Result<()> {
        self.bridge.run(PACE);
        into.extend(self.bridge.take());
        Ok(())
    }

    fn patience(&self) -> Duration {
        Duration::ZERO
    }
}

/// Cycles between two looks at the RTL's output, less than a frame takes.
const LOOK: u64 = 64;
/// Cycles without a byte after which none will come: twice what a `SEND` waits for its PE.
pub const SILENCE: u64 = 1 << 21;

/// The RTL of bridge and PEs under Verilator. Time passes while the host receives; `CYCLES` counts it.
pub struct RtlWire {
    pub rtl: LinkRtl,
    /// Cycles without a byte after which none will come, as [`SILENCE`].
    pub silence: u64,
}

impl Wire for RtlWire {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.rtl.send(bytes);
        Ok(())
    }

    /// Patience is in the machine's cycles here, not in the host's time; without any, one look is taken.
    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> io::Result<()> {
        let looks = if patience.is_zero() {
            1
        } else {
            self.silence / LOOK
        };
        for _ in 0..looks {
            self.rtl.run(LOOK);
            let bytes = self.rtl.receive();
            if !bytes.is_empty() {
                into.extend(bytes);
                break;
            }
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        Duration::MAX
    }
}

/// Why a serial port is not open.
#[derive(Debug, Error)]
pub enum WireError {
    #[error(
        "the serial port {path} cannot be opened: {source}; check that the machine is plugged in, that the path is its \
         port (`ls /dev/tty*`), that no other program has it open, and that you may use it (group dialout)"
    )]
    Open {
        path: String,
        source: serialport::Error,
    },
}

/// A serial port, or a pseudo-terminal that stands for one: 8 bits, no parity, one stop bit, no flow control.
pub struct SerialWire {
    port: Box<dyn serialport::SerialPort>,
    baud: u32,
}

impl SerialWire {
    /// Opens the port at `path`.
    ///
    /// # Errors
    /// [`WireError::Open`]
    pub fn open(path: &str, baud: u32) -> Result<Self, WireError> {
        let port = serialport::new(path, baud)
            .timeout(Duration::from_millis(100))
            .open()
            .map_err(|source| WireError::Open {
                path: path.into(),
                source,
            })?;
        Ok(SerialWire { port, baud })
    }
}

/// A full window there and back, every byte escaped.
const WINDOW_BITS: u64 = 10 * 2 * 2 * 256 * synfire_format::link::WINDOW as u64;
/// What drivers, hubs and a busy host may take.
const SLACK: Duration = Duration::from_millis(150);

impl Wire for SerialWire {
    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.port.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => bytes = &bytes[n..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn receive(&mut self, into: &mut Vec<u8>, patience: Duration) -> io::Result<()> {
        // A timeout of 0 would not even look.
        self.port
            .set_timeout(patience.max(Duration::from_millis(1)))?;
        let mut bytes = [0; 4096];
        match self.port.read(&mut bytes) {
            Ok(0) => Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "the port was closed at the other end",
            )),
            Ok(n) => {
                into.extend(&bytes[..n]);
                Ok(())
            }
            Err(e) if [io::ErrorKind::TimedOut, io::ErrorKind::Interrupted].contains(&e.kind()) => {
                Ok(())
            }
            Err(e) => Err(e),
        }
    }

    fn patience(&self) -> Duration {
        SLACK + Duration::from_micros(1_000_000 * WINDOW_BITS / u64::from(self.baud.max(1)))
    }

    fn baud(&self) -> Option<u32> {
        Some(self.baud)
    }
}
