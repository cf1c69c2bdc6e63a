//! The compiled model behind a safe interface: the only `unsafe` of the project.
//!
//! # Why it is sound
//! - A [`Model`] is made from a library that this crate compiled from its own shim for the hash it was opened by, so
//!   the symbols have the types they are given here; it keeps the library loaded for as long as it lives.
//! - Places (ports and memories) are addresses inside the C++ object, valid from `sf_new` to `sf_free`. A [`Place`]
//!   holds the model by `Rc`, so it cannot outlive it. `Rc` also keeps models on one thread, and no two models share
//!   state (each has its own `VerilatedContext`), so nothing runs concurrently with an access.
//! - Accesses go through raw pointers of the size that Verilator's type for that width has (1, 2, 4, 8 bytes, or
//!   32-bit words); Rust references to C++ memory are never made. Indices are checked.
#![allow(unsafe_code)]

use libloading::{Library, Symbol};
use std::cell::Cell;
use std::ffi::{CString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

type Handle = *mut c_void;

/// The functions of one opened library.
#[derive(Debug)]
pub(super) struct Entry {
    new: unsafe extern "C" fn(c_int) -> Handle,
    eval: unsafe extern "C" fn(Handle),
    tick: unsafe extern "C" fn(Handle, c_ulonglong, c_int),
    still: unsafe extern "C" fn(Handle, c_int),
    free: unsafe extern "C" fn(Handle),
    trace: unsafe extern "C" fn(Handle, *const c_char) -> c_int,
    place: unsafe extern "C" fn(Handle, c_uint) -> *mut c_void,
    // Dropped last: the pointers above lie in it.
    _library: Library,
}

impl Entry {
    /// Opens a library that `build` made.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let text = |e: libloading::Error| e.to_string();
        // SAFETY: the library is this crate's own build; its only initialisers are those of Verilator's run time.
        let library = unsafe { Library::new(path) }.map_err(text)?;
        macro_rules! symbol {
            ($name:literal) => {{
                // SAFETY: the shim declares this function with the C types of the field it goes to.
                let s: Symbol<_> = unsafe { library.get($name) }.map_err(text)?;
                *s
            }};
        }
        Ok(Self {
            new: symbol!(b"sf_new"),
            eval: symbol!(b"sf_eval"),
            tick: symbol!(b"sf_tick"),
            still: symbol!(b"sf_still"),
            free: symbol!(b"sf_free"),
            trace: symbol!(b"sf_trace"),
            place: symbol!(b"sf_place"),
            _library: library,
        })
    }
}

/// One instance of a model.
#[derive(Debug)]
pub(super) struct Model {
    handle: Handle,
    entry: Arc<Entry>,
    cycles: Cell<u64>,
    /// Ports or memories were written since the last tick.
    changed: Cell<bool>,
}

impl Model {
    pub(super) fn new(entry: Arc<Entry>, seed: u64) -> Rc<Self> {
        // Verilator's generator takes a positive int and reads 0 as "choose one".
        let seed = ((seed ^ seed >> 31) & 0x3fff_ffff) as c_int + 1;
        // SAFETY: see the module text; the function has no preconditions.
        let handle = unsafe { (entry.new)(seed) };
        Rc::new(Self {
            handle,
            entry,
            cycles: Cell::new(0),
            changed: Cell::new(true),
        })
    }

    pub(super) fn eval(&self) {
        // SAFETY: the handle is live until drop.
        unsafe { (self.entry.eval)(self.handle) }
    }

    pub(super) fn tick(&self, n: u64) {
        self.cycles.set(self.cycles.get() + n);
        // SAFETY: the handle is live until drop.
        unsafe { (self.entry.tick)(self.handle, n, c_int::from(self.changed.replace(false))) }
    }

    /// Whether clock domains that are not awake may stand still.
    pub(super) fn still(&self, may: bool) {
        // SAFETY: the handle is live until drop.
        unsafe { (self.entry.still)(self.handle, c_int::from(may)) }
    }

    pub(super) fn cycles(&self) -> u64 {
        self.cycles.get()
    }

    /// Opens a trace (`Some`) or closes it; false where it did not open, `None` without tracing compiled in.
    pub(super) fn trace(&self, path: Option<&Path>) -> Option<bool> {
        let path = match path {
            Some(p) => match CString::new(p.to_string_lossy().as_bytes()) {
                Ok(p) => Some(p),
                Err(_) => return Some(false),
            },
            None => None,
        };
        let raw = path.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
        // SAFETY: the handle is live, and the string lives until the call returns.
        match unsafe { (self.entry.trace)(self.handle, raw) } {
            -1 => None,
            opened => Some(opened != 0),
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.trace(None);
        // SAFETY: the handle came from `sf_new` and is freed once; places hold the model, so none is left.
        unsafe { (self.entry.free)(self.handle) }
    }
}

/// A port (one word) or memory (`depth` words) of a live model.
#[derive(Debug, Clone)]
pub(super) struct Place {
    at: *mut c_void,
    bits: u32,
    depth: usize,
    model: Rc<Model>,
}

impl Place {
    /// The place that the shim numbers `index`, which has words of `bits` bits; ports have depth 1.
    pub(super) fn new(model: &Rc<Model>, index: usize, bits: u32, depth: usize) -> Self {
        // SAFETY: the handle is live; unknown numbers return null.
        let at = unsafe { (model.entry.place)(model.handle, index as c_uint) };
        assert!(!at.is_null(), "the shim numbers every place of its header");
        Self {
            at,
            bits,
            depth,
            model: Rc::clone(model),
        }
    }

    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn model(&self) -> &Rc<Model> {
        &self.model
    }

    /// Word `i`; the low 64 bits of a wider port.
    #[inline]
    pub(super) fn get(&self, i: usize) -> u64 {
        assert!(i < self.depth);
        // SAFETY: `i` is in the place, whose element type follows from its width (module text).
        unsafe {
            match self.bits {
                0..=8 => u64::from(self.at.cast::<u8>().add(i).read()),
                9..=16 => u64::from(self.at.cast::<u16>().add(i).read()),
                17..=32 => u64::from(self.at.cast::<u32>().add(i).read()),
                33..=64 => self.at.cast::<u64>().add(i).read(),
                _ => {
                    let words = self.at.cast::<u32>();
                    u64::from(words.read()) | u64::from(words.add(1).read()) << 32
                }
            }
        }
    }

    /// Writes word `i`, cut to the place's width; upper bits of a port wider than 64 become 0.
    #[inline]
    pub(super) fn set(&self, i: usize, value: u64) {
        assert!(i < self.depth);
        // Verilator computes with the rest of the storage too, so bits beyond the width must stay 0.
        let value = if self.bits < 64 {
            value & ((1 << self.bits) - 1)
        } else {
            value
        };
        if self.bits <= 64 && self.get(i) == value {
            return;
        }
        self.model.changed.set(true);
        // SAFETY: as in `get`.
        unsafe {
            match self.bits {
                0..=8 => self.at.cast::<u8>().add(i).write(value as u8),
                9..=16 => self.at.cast::<u16>().add(i).write(value as u16),
                17..=32 => self.at.cast::<u32>().add(i).write(value as u32),
                33..=64 => self.at.cast::<u64>().add(i).write(value),
                _ => self.set_words(&[value as u32, (value >> 32) as u32]),
            }
        }
    }

    /// Reads a port wider than 64 bits, lowest word first, into as much of `words` as it fills.
    pub(super) fn get_words(&self, words: &mut [u32]) {
        if self.bits <= 64 {
            let v = self.get(0);
            for (w, part) in words.iter_mut().zip([v as u32, (v >> 32) as u32]) {
                *w = part;
            }
            return;
        }
        let n = self.bits.div_ceil(32) as usize;
        for (i, w) in words.iter_mut().enumerate().take(n) {
            // SAFETY: a wide port is `n` 32-bit words.
            *w = unsafe { self.at.cast::<u32>().add(i).read() };
        }
    }

    /// Writes a port of any width, lowest word first; missing words are 0, bits beyond the width are dropped.
    pub(super) fn set_words(&self, words: &[u32]) {
        let word = |i: usize| words.get(i).copied().unwrap_or(0);
        if self.bits <= 64 {
            return self.set(0, u64::from(word(0)) | u64::from(word(1)) << 32);
        }
        self.model.changed.set(true);
        let n = self.bits.div_ceil(32) as usize;
        for i in 0..n {
            let used = (self.bits - 32 * i as u32).min(32);
            let value = word(i) & (u32::MAX >> (32 - used));
            // SAFETY: as in `get_words`.
            unsafe { self.at.cast::<u32>().add(i).write(value) }
        }
    }
}
