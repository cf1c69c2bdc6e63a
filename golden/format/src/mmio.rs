//! The address map that the control core sees, and its machine registers.
//!
//! SRAM lies at 0 and again at [`SRAM_ALIAS`]. Registers are 32-bit words at [`MMIO_BASE`]; only whole-word accesses
//! are defined (others raise an access fault). *Time is invisible*: every register that depends on when something
//! happens is read by a **blocking load**, which stalls the core until its answer exists and retires once.
//! Unlisted registers read 0 and ignore writes.
//!
//! While a chain runs, a core access (load, store or instruction fetch) to SRAM below [`PRIVATE_BASE`]'s value stalls
//! until the chain has ended; at or above it the core runs on, and engines may not write there.

/// Second address of the SRAM (where bare RV32 programs are usually linked).
pub const SRAM_ALIAS: u32 = 0x8000_0000;
/// First register.
pub const MMIO_BASE: u32 = 0x4000_0000;
/// Bytes decoded as registers.
pub const MMIO_BYTES: u32 = 0x80;

/// Read: `FORMAT_VERSION << 16 | mults << 12 | lanes << 8 | banks << 4 | (word_bits == 64) << 1 | rv32e`.
pub const ID: u32 = 0x00;
/// Read: clock cycles since reset, low 32 bits. An *input* to the program: lockstep records it from the RTL.
pub const CYCLE: u32 = 0x04;
/// Write: byte address of a descriptor; starts the chain there. Stalls while a chain runs.
pub const CHAIN_START: u32 = 0x10;
/// Read, blocking until no chain runs: number of chains started so far (modulo 2^32).
pub const CHAIN_WAIT: u32 = 0x14;
/// Read/write: byte address, multiple of 8; resets to 0 (all SRAM private). Write stalls while a chain runs.
pub const PRIVATE_BASE: u32 = 0x18;
/// Read/write: random seed. Write stalls while a chain runs.
pub const SEED: u32 = 0x1c;
/// Read/write: random step (sample or tick number). Write stalls while a chain runs.
pub const STEP: u32 = 0x20;
/// Read, blocking until no chain runs: saturations counted so far; stays at 2^32 - 1. A write sets it.
pub const SATURATIONS: u32 = 0x24;
/// Read, blocking until no chain runs: fault bits so far. A write clears the bits that are 1 in it.
pub const FAULTS: u32 = 0x28;
/// Write: argument (`S16.15`) of the exponential; stalls while one is computed.
pub const EXP_ARGUMENT: u32 = 0x30;
/// Read, blocking: result (`S16.15`).
pub const EXP_RESULT: u32 = 0x34;
/// Write: argument (`S16.15`) of the reciprocal; stalls while one is computed.
pub const RECIPROCAL_ARGUMENT: u32 = 0x38;
/// Read, blocking: result (`S16.15`).
pub const RECIPROCAL_RESULT: u32 = 0x3c;
/// Write: `population << 16 | row` of the core's draws.
pub const RANDOM_ROW: u32 = 0x40;
/// Write: tag of the core's draws (low 16 bits).
pub const RANDOM_TAG: u32 = 0x44;
/// Write: `slot << 16 | attempt`; computes the draw with the present seed, step, row and tag.
pub const RANDOM_INDEX: u32 = 0x48;
/// Read, blocking: the 32-bit draw.
pub const RANDOM_VALUE: u32 = 0x4c;
/// Read/write: cycles of a tick, 0 stops the timer; a write restarts the count.
pub const TIMER_PERIOD: u32 = 0x50;
/// Read, blocking until the next tick event that no read has returned yet: its number, from 1. With the timer
/// stopped and no event left it returns 0 at once.
pub const TICK_WAIT: u32 = 0x54;
/// Read, blocking until a message packet is there: its payload (0 without one); the key is then in [`RX_KEY`].
pub const RX_WAIT: u32 = 0x60;
/// Read: key of the last message that [`RX_WAIT`] returned.
pub const RX_KEY: u32 = 0x64;
/// Write: key of the next packets sent.
pub const TX_KEY: u32 = 0x68;
/// Write: sends a multicast packet with this payload; stalls until the port took it.
pub const TX_PAYLOAD: u32 = 0x6c;
/// Write: sends a multicast packet without payload (value ignored).
pub const TX_SEND: u32 = 0x70;
/// Write: ends the program with this code; the core halts. 1 passes, another odd v fails as test v >> 1.
pub const EXIT: u32 = 0x74;

/// Fault bit: an engine would have written at or above the private base.
pub const FAULT_PRIVATE: u32 = 1 << 0;
/// Fault bit: a flag record found no room in its queue.
pub const FAULT_QUEUE: u32 = 1 << 1;
/// Fault bit: an address outside the SRAM (model only, see `pass`).
pub const FAULT_ADDRESS: u32 = 1 << 2;
/// Fault bit: a descriptor or recipe with a code that means nothing (model only; the host never writes one).
pub const FAULT_CODE: u32 = 1 << 3;
/// Fault bit: a packet of a type or address that this PE does not serve.
pub const FAULT_PACKET: u32 = 1 << 4;

/// Machine CSRs that exist; every other machine CSR reads 0 and ignores writes.
pub mod csr {
    pub const MSTATUS: u16 = 0x300;
    pub const MTVEC: u16 = 0x305;
    pub const MSCRATCH: u16 = 0x340;
    pub const MEPC: u16 = 0x341;
    pub const MCAUSE: u16 = 0x342;
    pub const MHARTID: u16 = 0xf14;
    /// Bits of mstatus that hold what was written: MIE (3) and MPIE (7); MPP (12..11) reads 3.
    pub const MSTATUS_MASK: u32 = 1 << 3 | 1 << 7;
}

/// Trap causes (mcause); mtval reads 0.
pub mod cause {
    pub const MISALIGNED_FETCH: u32 = 0;
    pub const FETCH_FAULT: u32 = 1;
    pub const ILLEGAL: u32 = 2;
    pub const BREAKPOINT: u32 = 3;
    pub const MISALIGNED_LOAD: u32 = 4;
    pub const LOAD_FAULT: u32 = 5;
    pub const MISALIGNED_STORE: u32 = 6;
    pub const STORE_FAULT: u32 = 7;
    pub const ECALL: u32 = 11;
}
