//! The fixed-point model that specifies every bit of the Synfire machine.
