//! Library and command line of the Synfire machine.
