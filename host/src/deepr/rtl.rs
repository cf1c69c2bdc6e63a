//! DEEP R on the PE's RTL under Verilator: alone at full speed, or in lockstep with the model.

use super::machine::Machine;
use synfire_format::packet::Packet;
use synfire_sim::lockstep::{Lockstep, LockstepError, PATIENCE};
use synfire_sim::rtl::Rtl;

impl Machine for Lockstep {
    type Error = LockstepError;

    fn push(&mut self, packet: Packet) {
        Lockstep::push(self, packet);
    }

    fn message(&mut self) -> Result<Packet, LockstepError> {
        Lockstep::message(self)
    }
}

/// The RTL alone: nothing is compared until the end.
pub struct RtlMachine {
    pub rtl: Rtl,
}

impl RtlMachine {
    /// Loads `image` and starts the core at address 0.
    pub fn new(mut rtl: Rtl, image: &[u8]) -> Self {
        rtl.load(image);
        rtl.start();
        RtlMachine { rtl }
    }
}

impl Machine for RtlMachine {
    type Error = LockstepError;

    fn push(&mut self, packet: Packet) {
        self.rtl.push(packet);
    }

    fn message(&mut self) -> Result<Packet, LockstepError> {
        // A sample takes some thousand cycles; one that takes this long will not come.
        for _ in 0..PATIENCE {
            if let Some(p) = self.rtl.sent.pop_front() {
                return Ok(p);
            }
            if let Some(code) = self.rtl.halted() {
                return Err(LockstepError::Ended(code));
            }
            self.rtl.cycle();
        }
        Err(LockstepError::Stuck(PATIENCE))
    }
}
