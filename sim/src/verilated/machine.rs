//! Safe handles of compiled models: library, instance, port, memory.

use super::raw::{self, Entry, Model};
use super::shim;
use crate::SimError;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// A compiled model; instances are independent of each other. Cheap to clone, may cross threads.
#[derive(Debug, Clone)]
pub struct Library {
    pub(super) top: String,
    pub(super) entry: Arc<Entry>,
    pub(super) ports: Arc<Vec<shim::Place>>,
    pub(super) memories: Arc<Vec<shim::Place>>,
}

impl Library {
    /// A new instance whose registers and memories without a reset start from bits drawn from `seed`.
    pub fn instance(&self, seed: u64) -> Machine {
        Machine {
            library: self.clone(),
            model: Model::new(Arc::clone(&self.entry), seed),
        }
    }

    /// Names and widths in bits of the ports, in the order of the header.
    pub fn ports(&self) -> impl Iterator<Item = (&str, u32)> {
        self.ports.iter().map(|p| (p.name.as_str(), p.bits))
    }
}

/// One running instance. Stays on its thread.
#[derive(Debug)]
pub struct Machine {
    library: Library,
    model: Rc<Model>,
}

fn names(places: &[shim::Place]) -> String {
    places
        .iter()
        .map(|p| p.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

impl Machine {
    /// The port `name` (Verilog name, e.g. `rx_valid` or `f$valid`). Look ports up once, outside loops.
    ///
    /// # Errors
    /// [`SimError::NoPort`] lists the names there are.
    pub fn port(&self, name: &str) -> Result<Port, SimError> {
        let ports = &self.library.ports;
        let index = ports.iter().position(|p| p.name == name);
        let index = index.ok_or_else(|| SimError::NoPort {
            top: self.library.top.clone(),
            name: name.into(),
            known: names(ports),
        })?;
        Ok(Port(raw::Place::new(
            &self.model,
            index,
            ports[index].bits,
            1,
        )))
    }

    /// The public memory whose hierarchical path is `name` or ends in `.name`.
    ///
    /// # Errors
    /// [`SimError::NoMemory`] where none or several match, with the paths there are.
    pub fn memory(&self, name: &str) -> Result<Memory, SimError> {
        let all = &self.library.memories;
        let tail = format!(".{name}");
        let fits = |p: &shim::Place| p.name == name || p.name.ends_with(&tail);
        let mut hits = all.iter().enumerate().filter(|(_, p)| fits(p));
        let (Some((i, place)), None) = (hits.next(), hits.next()) else {
            return Err(SimError::NoMemory {
                top: self.library.top.clone(),
                name: name.into(),
                known: names(all),
            });
        };
        let index = self.library.ports.len() + i;
        let depth = place.depth as usize;
        Ok(Memory(raw::Place::new(
            &self.model,
            index,
            place.bits,
            depth,
        )))
    }

    /// Hierarchical paths of the public memories.
    pub fn memories(&self) -> impl Iterator<Item = &str> {
        self.library.memories.iter().map(|p| p.name.as_str())
    }

    /// Settles the combinational logic after inputs were changed.
    pub fn eval(&self) {
        self.model.eval();
    }

    /// `n` cycles of the port `clock`: low, settle, high, settle. Afterwards outputs show what the edge made of the
    /// inputs as they were set before. A block without a clock just settles.
    pub fn tick(&self, n: u64) {
        self.model.tick(n);
    }

    /// Whether clock domains that are not awake (ports `d_clock`, `d_awake`) may stand still in a tick, as they may from
    /// the start. Nothing but the speed depends on it.
    pub fn stand_still(&self, may: bool) {
        self.model.still(may);
    }

    /// Cycles ticked so far.
    pub fn cycles(&self) -> u64 {
        self.model.cycles()
    }

    /// Starts to write an FST waveform of everything.
    ///
    /// # Errors
    /// [`SimError::Trace`] where the model was built without `trace` or the file does not open.
    pub fn open_trace(&self, path: &Path) -> Result<(), SimError> {
        let why = match self.model.trace(Some(path)) {
            Some(true) => return Ok(()),
            Some(false) => "check that its directory exists and is writable",
            None => "the model was built without tracing: build it with `trace: true`",
        };
        Err(SimError::Trace {
            path: path.into(),
            why,
        })
    }

    /// Ends the waveform; without one, nothing happens.
    pub fn close_trace(&self) {
        self.model.trace(None);
    }
}

/// A port of a machine. It keeps the machine's model alive. Reading an output needs no `eval` after [`Machine::tick`].
#[derive(Debug, Clone)]
pub struct Port(raw::Place);

impl Port {
    /// Width in bits.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// The value; the low 64 bits of a wider port.
    #[inline]
    pub fn get(&self) -> u64 {
        self.0.get(0)
    }

    /// Sets an input, cut to the port's width. Takes effect at the next `eval` or `tick`.
    #[inline]
    pub fn set(&self, value: u64) {
        self.0.set(0, value);
    }

    /// The value of a port of any width in 32-bit words, lowest first; words that the port does not have stay.
    pub fn get_wide(&self, words: &mut [u32]) {
        self.0.get_words(words);
    }

    /// Sets an input of any width from 32-bit words, lowest first; missing words are 0.
    pub fn set_wide(&self, words: &[u32]) {
        self.0.set_words(words);
    }
}

/// A public memory of a machine: the words of a Verilog array.
#[derive(Debug, Clone)]
pub struct Memory(raw::Place);

impl Memory {
    /// Words.
    pub fn depth(&self) -> usize {
        self.0.depth()
    }

    /// Width of a word in bits, at most 64.
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// Word `i`.
    ///
    /// # Panics
    /// If `i` is not below [`depth`](Self::depth).
    #[inline]
    pub fn get(&self, i: usize) -> u64 {
        self.0.get(i)
    }

    /// Writes word `i`. Logic that reads the memory combinationally sees it after the next `eval`.
    ///
    /// # Panics
    /// If `i` is not below [`depth`](Self::depth).
    #[inline]
    pub fn set(&self, i: usize, value: u64) {
        self.0.set(i, value);
    }

    /// True if both handles belong to one machine.
    pub fn same_machine(&self, port: &Port) -> bool {
        Rc::ptr_eq(self.0.model(), port.0.model())
    }
}
