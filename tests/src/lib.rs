//! Scenarios run on model, RTL, netlist and board alike.
