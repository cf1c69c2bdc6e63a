//! Generators of the Synfire machine's RTL.
