//! `Alternative`: one of two blocks of equal ports at one place of another block: the full one, or the one of few cells.
//!
//! It is no module of its own: the block around it has the one or the other, under the field's name. What that block
//! says of the ports it says of the full one's.

use rust_hdl::core::probe::Probe;
use rust_hdl::prelude::*;
use std::ops::{Deref, DerefMut};

/// A block whose inputs can be connected from outside.
pub trait Inputs {
    /// Connects every input, as a block does that drives them.
    fn connect_inputs(&mut self);
}

/// See the module's comment.
pub struct Alternative<F, C> {
    full: F,
    compact: Option<C>,
}

impl<F: Default, C: Default> Alternative<F, C> {
    /// The compact block, or the full one.
    pub fn new(compact: bool) -> Self {
        Self {
            full: F::default(),
            compact: compact.then(C::default),
        }
    }
}

impl<F: Default, C: Default> Default for Alternative<F, C> {
    fn default() -> Self {
        Self::new(false)
    }
}

impl<F, C> Deref for Alternative<F, C> {
    type Target = F;

    fn deref(&self) -> &F {
        &self.full
    }
}

impl<F, C> DerefMut for Alternative<F, C> {
    fn deref_mut(&mut self) -> &mut F {
        &mut self.full
    }
}

impl<F, C> Logic for Alternative<F, C> {
    fn update(&mut self) {}
}

impl<F: Block, C: Block + Inputs> Block for Alternative<F, C> {
    fn connect_all(&mut self) {
        self.full.connect_all();
        if let Some(compact) = &mut self.compact {
            compact.connect_all();
            compact.connect_inputs();
        }
    }

    // Verilator-only where it is compact: the generator's own simulator is never evidence.
    fn update_all(&mut self) {
        self.full.update_all();
    }

    fn has_changed(&self) -> bool {
        self.full.has_changed()
    }

    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        match &self.compact {
            Some(compact) => compact.accept(name, probe),
            None => self.full.accept(name, probe),
        }
    }
}
