//! The far end of a UART's line, in fractions of the near end's clock: a sender and a receiver that are never exact.

#![allow(dead_code)] // each test file uses its part

use std::collections::VecDeque;

/// Sends bytes back to back, one bit every `bit` cycles.
pub struct LineOut {
    bit: f64,
    /// Level and the time at which it ends.
    levels: VecDeque<(bool, f64)>,
    end: f64,
}

impl LineOut {
    pub fn new(bit: f64) -> Self {
        Self {
            bit,
            levels: VecDeque::new(),
            end: 0.0,
        }
    }

    fn level(&mut self, high: bool, bits: f64) {
        self.end += bits * self.bit;
        self.levels.push_back((high, self.end));
    }

    /// Queues a byte with a stop bit (or, to be wrong, a low one), the line quiet until `from` at least.
    pub fn byte(&mut self, byte: u8, stop: bool, from: f64) {
        if from > self.end {
            self.levels.push_back((true, from));
            self.end = from;
        }
        self.level(false, 1.0);
        for i in 0..8 {
            self.level(byte >> i & 1 == 1, 1.0);
        }
        self.level(stop, 1.0);
        if !stop {
            self.level(true, 2.0);
        }
    }

    /// The line at a cycle.
    pub fn at(&mut self, cycle: u64) -> bool {
        while self.levels.front().is_some_and(|l| l.1 <= cycle as f64) {
            self.levels.pop_front();
        }
        self.levels.front().is_none_or(|l| l.0)
    }

    /// End of what is queued.
    pub fn now(&self) -> f64 {
        self.end
    }

    pub fn is_quiet(&self) -> bool {
        self.levels.is_empty()
    }
}

/// Reads bytes, one bit every `bit` cycles from the edge of the start bit on.
pub struct LineIn {
    bit: f64,
    /// Time of the next sample, and bits sampled.
    next: Option<(f64, u32)>,
    byte: u8,
    pub bytes: Vec<u8>,
    pub framing: usize,
}

impl LineIn {
    pub fn new(bit: f64) -> Self {
        Self {
            bit,
            next: None,
            byte: 0,
            bytes: Vec::new(),
            framing: 0,
        }
    }

    pub fn take(&mut self, cycle: u64, high: bool) {
        match self.next {
            None if !high => self.next = Some((cycle as f64 + 0.5 * self.bit, 0)),
            Some((at, n)) if cycle as f64 >= at => {
                self.next = Some((at + self.bit, n + 1));
                match n {
                    0 if high => self.next = None,
                    1..=8 => self.byte = self.byte >> 1 | u8::from(high) << 7,
                    9 => {
                        self.next = None;
                        if high {
                            self.bytes.push(self.byte);
                        } else {
                            self.framing += 1;
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
