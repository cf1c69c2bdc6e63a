//! A Verilated machine as a byte stream: the host link's bytes in and out, in parallel, without a UART.

use crate::SimError;
use crate::netlist::CELLS_ECP5;
use crate::verilated::{BuildOptions, Library, Machine, Optimise, Port, build};
use std::collections::VecDeque;
use std::path::Path;
use synfire_format::config::{MachineShape, PeConfig};

/// A compiled machine (bridge and PEs); its instances are [`LinkRtl`]s.
#[derive(Debug, Clone)]
pub struct MachineLibrary {
    library: Library,
}

impl MachineLibrary {
    /// Emits the machine of that shape (or number of PEs) of a configuration and compiles it (or finds it compiled). Its clock rate and build
    /// number are 0.
    ///
    /// # Errors
    /// Emission, Verilator or the C++ compiler failed.
    pub fn build(
        config: &PeConfig,
        shape: impl Into<MachineShape>,
        trace: bool,
    ) -> Result<Self, SimError> {
        let verilog = synfire_hdl::machine::emit_machine(config, shape, 0, 0)?;
        Self::from_verilog(&verilog, trace)
    }

    /// Compiles this text, whose top module is `machine`.
    ///
    /// # Errors
    /// Verilator or the C++ compiler failed.
    pub fn from_verilog(verilog: &str, trace: bool) -> Result<Self, SimError> {
        Self::compile(verilog, trace, Optimise::Fast)
    }

    /// Compiles this netlist of Yosys for the ECP5, flat, whose top module is `machine`, with [`CELLS_ECP5`].
    ///
    /// # Errors
    /// As [`from_verilog`](Self::from_verilog), and a cell that is not modelled.
    pub fn from_netlist(netlist: &str, trace: bool) -> Result<Self, SimError> {
        Self::compile(&format!("{netlist}\n{CELLS_ECP5}"), trace, Optimise::Split)
    }

    fn compile(verilog: &str, trace: bool, optimise: Optimise) -> Result<Self, SimError> {
        let options = BuildOptions {
            trace,
            optimise,
            ..BuildOptions::default()
        };
        Ok(MachineLibrary {
            library: build("machine", verilog, &options)?,
        })
    }

    /// A machine out of reset, its cores held, whatever has no reset drawn from `seed`.
    ///
    /// # Errors
    /// A port that a machine must have is not there.
    pub fn instance(&self, seed: u64) -> Result<LinkRtl, SimError> {
        LinkRtl::new(self.library.instance(seed))
    }
}

struct Ports {
    reset: Port,
    in_valid: Port,
    in_ready: Port,
    in_data: Port,
    out_valid: Port,
    out_data: Port,
    framing: Port,
    out_ready: Port,
    mutant: Option<Port>,
    mutant_shown: Option<Port>,
}

/// One running machine. Bytes sent wait outside until it takes them, one a cycle.
pub struct LinkRtl {
    machine: Machine,
    ports: Ports,
    waiting: VecDeque<u8>,
    received: Vec<u8>,
}

impl LinkRtl {
    fn new(machine: Machine) -> Result<Self, SimError> {
        let port = |name: &str| machine.port(name);
        let ports = Ports {
            reset: port("reset")?,
            in_valid: port("in_valid")?,
            in_ready: port("in_ready")?,
            in_data: port("in_data")?,
            out_valid: port("out_valid")?,
            out_data: port("out_data")?,
            framing: port("framing")?,
            out_ready: port("out_ready")?,
            mutant: port("mutant_select").ok(),
            mutant_shown: port("mutant_shown").ok(),
        };
        port("baud")?.set(0);
        if let Some(mutant) = &ports.mutant {
            mutant.set(0);
        }
        let mut rtl = Self {
            machine,
            ports,
            waiting: VecDeque::new(),
            received: Vec::new(),
        };
        rtl.reset();
        Ok(rtl)
    }

    /// Resets the machine; what was on its way is gone, SRAM contents stay.
    pub fn reset(&mut self) {
        self.ports.in_valid.set(0);
        self.ports.framing.set(0);
        self.ports.out_ready.set(1);
        self.ports.reset.set(1);
        self.machine.tick(4);
        self.ports.reset.set(0);
        self.machine.eval();
        self.waiting.clear();
        self.received.clear();
    }

    /// Queues bytes for the machine.
    pub fn send(&mut self, bytes: &[u8]) {
        self.waiting.extend(bytes);
    }

    /// Clocks the machine.
    pub fn run(&mut self, cycles: u64) {
        for _ in 0..cycles {
            self.cycle();
        }
    }

    /// One cycle.
    pub fn cycle(&mut self) {
        match self.waiting.front() {
            Some(&byte) => {
                self.ports.in_valid.set(1);
                self.ports.in_data.set(byte.into());
                if self.ports.in_ready.get() == 1 {
                    self.waiting.pop_front();
                }
            }
            None => self.ports.in_valid.set(0),
        }
        // What the outputs show now moves with the coming edge.
        if self.ports.out_valid.get() == 1 && self.ports.out_ready.get() == 1 {
            self.received.push(self.ports.out_data.get() as u8);
        }
        self.machine.tick(1);
    }

    /// Takes the bytes that came out so far.
    pub fn receive(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.received)
    }

    /// Bytes that the machine has not taken yet.
    pub fn unsent(&self) -> usize {
        self.waiting.len()
    }

    /// Cycles since the instance was made.
    pub fn cycles(&self) -> u64 {
        self.machine.cycles()
    }

    /// A byte without a stop bit, as the UART tells it: counted, and nothing else.
    pub fn framing_error(&mut self) {
        self.ports.framing.set(1);
        self.cycle();
        self.ports.framing.set(0);
    }

    /// While `held`, the machine's bytes are not taken.
    pub fn hold(&mut self, held: bool) {
        self.ports.out_ready.set((!held).into());
        self.machine.eval();
    }

    /// Switches a break of [`crate::mutate`] on, 0 none, and resets the machine, as a reset may be what is broken.
    pub fn select_mutant(&mut self, number: u16) {
        if let Some(mutant) = &self.ports.mutant {
            mutant.set(number.into());
        }
        self.reset();
    }

    /// What a text that was made for it shows of the selected break.
    pub fn mutant_shown(&self) -> Option<u64> {
        self.ports.mutant_shown.as_ref().map(Port::get)
    }

    /// Starts to write an FST waveform.
    ///
    /// # Errors
    /// The library was built without `trace`, or the file does not open.
    pub fn open_trace(&self, path: &Path) -> Result<(), SimError> {
        self.machine.open_trace(path)
    }
}
