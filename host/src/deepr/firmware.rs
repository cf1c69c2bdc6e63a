//! DEEP R's kernel on the control core: it takes samples from the port, starts the chains, computes the softmax,
//! and redraws connections that crossed zero. The synapses' common path never passes through it.
//!
//! # Messages
//! In (`RX_WAIT` payload): bits 7..0 label, [`MESSAGE_TRAIN`], [`MESSAGE_BUFFER`] (which input buffer holds the sample),
//! [`MESSAGE_STOP`]. Out, one per sample (it also says that the buffer is free): bits 7..0 the class of the largest
//! sum before training, bit 8 set where it is the label, bits 31..16 connections redrawn. After `MESSAGE_STOP` three
//! messages: saturations, fault bits, flag records that found no room; then the program ends with exit code 1.
//!
//! RV32E registers only, so that every configuration runs the same words.

#![allow(clippy::unnecessary_cast)] // in what `dynasm!` expands to

use super::layout::{Layout, REDRAW_TAG, Region};
use crate::asm::{self, Asm, AsmError, DynamicLabel, DynasmApi, DynasmLabelApi, dynasm};
use synfire_format::mmio;

/// The sample is to be learned from, not only classified.
pub const MESSAGE_TRAIN: u32 = 1 << 8;
/// The sample lies in input buffer 1.
pub const MESSAGE_BUFFER: u32 = 1 << 9;
/// No further samples.
pub const MESSAGE_STOP: u32 = 1 << 31;
/// Key of result messages.
pub const RESULT_KEY: u32 = 1;
/// Error of the label's class before the exponentials' share is added: -1 with 10 fraction bits.
pub const ONE_HOT: i16 = -(1 << 10);

/// Byte offsets in the firmware's variables.
pub mod variable {
    pub const SEED: i32 = 0;
    pub const STEP: i32 = 4;
    /// Byte address of the one-hot vector's present -1.
    pub const TARGET: i32 = 8;
    /// Flag records that found no room, so far.
    pub const OVERFLOWS: i32 = 12;
    /// The present flag record's address, while its register is in use.
    pub const RECORD: i32 = 16;

    /// Magnitude of a new connection of layer `l` in LSB of `S1.14`.
    pub const fn regrow(l: usize) -> i32 {
        20 + 4 * l as i32
    }
}

// ABI names: ra x1, sp x2, gp x3, tp x4, t0 x5, t1 x6, t2 x7, s0 x8, s1 x9, a0..a5 x10..x15.
const T0: u8 = 5;
const T1: u8 = 6;
const T2: u8 = 7;
const S1: u8 = 9;
const A0: u8 = 10;
const A1: u8 = 11;
const A4: u8 = 14;
const A5: u8 = 15;
const TP: u8 = 4;

/// The jump at address 0: two instructions.
///
/// # Errors
/// Those of the assembler.
pub fn boot(layout: &Layout) -> Result<Vec<u32>, AsmError> {
    let target = layout.firmware.address as i32;
    let low = target << 20 >> 20;
    let high = target.wrapping_sub(low);
    asm::assemble(0, |a: &mut Asm| {
        dynasm!(a
            ; .arch riscv32e
            ; lui t0, high
            ; jalr zero, t0, low
        );
    })
}

/// The kernel, placed at `layout.firmware`.
///
/// # Errors
/// Those of the assembler.
pub fn kernel(layout: &Layout) -> Result<Vec<u32>, AsmError> {
    let output = layout.layers.last().expect("a network has a layer");
    let classes = layout.shapes.last().expect("a network has a layer").n_out as i32;
    let sums = output.sum.address as i32;
    let address = |a: u32| a as i32;
    asm::assemble(layout.firmware.address, |a: &mut Asm| {
        // s0 registers, gp variables, tp the present message.
        asm::li(a, 8, mmio::MMIO_BASE as i32);
        asm::li(a, 3, address(layout.variables.address));
        asm::li(a, T0, address(layout.private_base()));
        dynasm!(a
            ; .arch riscv32e
            ; sw t0, [s0, mmio::PRIVATE_BASE as i32]
            ; lw t0, [gp, variable::SEED]
            ; sw t0, [s0, mmio::SEED as i32]
            ; addi t0, zero, REDRAW_TAG as i32
            ; sw t0, [s0, mmio::RANDOM_TAG as i32]
            ; addi t0, zero, RESULT_KEY as i32
            ; sw t0, [s0, mmio::TX_KEY as i32]
            ; ->next_message:
            ; lw tp, [s0, mmio::RX_WAIT as i32]
            ; bltz tp, ->stop
            ; andi t0, tp, MESSAGE_BUFFER as i32
        );
        asm::li(a, T1, i32::from(layout.input[0].word()));
        dynasm!(a; .arch riscv32e; beqz t0, ->buffer_chosen);
        asm::li(a, T1, i32::from(layout.input[1].word()));
        dynasm!(a; .arch riscv32e; ->buffer_chosen:);
        for field in layout.input_fields() {
            asm::li(a, T0, address(field));
            dynasm!(a; .arch riscv32e; sh t1, [t0, 0]);
        }
        asm::li(a, T0, address(layout.forward_chain()));
        dynasm!(a; .arch riscv32e; sw t0, [s0, mmio::CHAIN_START as i32]);
        // a0 .. a1 the output sums, a2 the largest, a3 its address and later its class.
        asm::li(a, A0, sums);
        asm::li(a, A1, sums + 4 * classes);
        dynasm!(a
            ; .arch riscv32e
            ; lw zero, [s0, mmio::CHAIN_WAIT as i32]
            ; lw a2, [a0, 0]
            ; mv a3, a0
            ; addi a4, a0, 4
            ; ->largest:
            ; lw t0, [a4, 0]
            ; bge a2, t0, ->not_larger
            ; mv a2, t0
            ; mv a3, a4
            ; ->not_larger:
            ; addi a4, a4, 4
            ; bltu a4, a1, ->largest
            ; sub a3, a3, a0
            ; srli a3, a3, 2
            // a3 becomes the answer but for the redraws, which sp counts.
            ; andi t2, tp, 255
            ; bne t2, a3, ->wrong
            ; ori a3, a3, 1 << 8
            ; ->wrong:
            ; mv sp, zero
            ; andi t0, tp, MESSAGE_TRAIN as i32
            ; bnez t0, ->train
            ; mv a4, a0
            ; ->clear:
            ; sw zero, [a4, 0]
            ; addi a4, a4, 4
            ; bltu a4, a1, ->clear
            ; j ->answer
            ; ->train:
            ; lw t1, [gp, variable::TARGET]
            ; sh zero, [t1, 0]
            ; slli t2, t2, 1
        );
        asm::li(a, T1, address(layout.onehot.address));
        dynasm!(a
            ; .arch riscv32e
            ; add t2, t2, t1
            ; addi t0, zero, i32::from(ONE_HOT)
            ; sh t0, [t2, 0]
            ; sw t2, [gp, variable::TARGET]
            ; mv a4, a0
            ; mv ra, zero
        );
        // Exponentials: the next argument goes in before the last result is worked on.
        asm::li(a, T2, address(layout.exponential.address));
        let shift = SOFTMAX_SHIFT;
        dynasm!(a
            ; .arch riscv32e
            ; lw t1, [a4, 0]
            ; sw zero, [a4, 0]
            ; sub t1, t1, a2
            ; srai t1, t1, shift
            ; sw t1, [s0, mmio::EXP_ARGUMENT as i32]
            ; addi a4, a4, 4
            ; bgeu a4, a1, ->last_exponential
            ; ->exponential:
            ; lw t1, [a4, 0]
            ; sw zero, [a4, 0]
            ; sub t1, t1, a2
            ; srai t1, t1, shift
            ; lw t0, [s0, mmio::EXP_RESULT as i32]
            ; sw t1, [s0, mmio::EXP_ARGUMENT as i32]
            ; add ra, ra, t0
            ; srli t0, t0, EXP_OPERAND_SHIFT
            ; sh t0, [t2, 0]
            ; addi t2, t2, 2
            ; addi a4, a4, 4
            ; bltu a4, a1, ->exponential
            ; ->last_exponential:
            ; lw t0, [s0, mmio::EXP_RESULT as i32]
            ; add ra, ra, t0
            ; srli t0, t0, EXP_OPERAND_SHIFT
            ; sw ra, [s0, mmio::RECIPROCAL_ARGUMENT as i32]
            ; sh t0, [t2, 0]
            ; lw s1, [gp, variable::STEP]
            ; sw s1, [s0, mmio::STEP as i32]
            ; lw t0, [s0, mmio::RECIPROCAL_RESULT as i32]
            ; srli t0, t0, RECIPROCAL_OPERAND_SHIFT
        );
        asm::li(a, T1, address(layout.reciprocal.address));
        dynasm!(a; .arch riscv32e; sh t0, [t1, 0]);
        asm::li(a, T0, address(layout.backward_chain()));
        dynasm!(a
            ; .arch riscv32e
            ; sw t0, [s0, mmio::CHAIN_START as i32]
            ; addi s1, s1, 1
            ; sw s1, [gp, variable::STEP]
        );
        // The message has been used up; tp is (1, 1) for the redraws.
        asm::li(a, TP, 0x0001_0001);
        dynasm!(a; .arch riscv32e; lw zero, [s0, mmio::CHAIN_WAIT as i32]);
        for l in (0..layout.layers.len()).rev() {
            if let (Some(index), Some(queue)) = (&layout.layers[l].index, &layout.layers[l].queue) {
                redraw(a, layout, l, index, queue);
            }
        }
        dynasm!(a
            ; .arch riscv32e
            ; ->answer:
            ; slli t0, sp, 16
            ; or t0, t0, a3
            ; sw t0, [s0, mmio::TX_PAYLOAD as i32]
            ; j ->next_message
            ; ->stop:
            ; lw t0, [s0, mmio::SATURATIONS as i32]
            ; sw t0, [s0, mmio::TX_PAYLOAD as i32]
            ; lw t0, [s0, mmio::FAULTS as i32]
            ; sw t0, [s0, mmio::TX_PAYLOAD as i32]
            ; lw t0, [gp, variable::OVERFLOWS]
            ; sw t0, [s0, mmio::TX_PAYLOAD as i32]
            ; addi t0, zero, 1
            ; sw t0, [s0, mmio::EXIT as i32]
        );
    })
}

/// Sums have 22 fraction bits, the exponential's argument 15.
pub const SOFTMAX_SHIFT: u32 = 7;
/// Exponentials (15 fraction bits) become operands with 12.
pub const EXP_OPERAND_SHIFT: u32 = 3;
/// The reciprocal (15 fraction bits) becomes an operand with 13.
pub const RECIPROCAL_OPERAND_SHIFT: u32 = 2;

/// Words of two indices that the comparison takes without a loop.
const COMPARED_WORDS: usize = 8;

/// Redraws every flagged connection of layer `l`: uniform over the inputs that the row does not have (its own dying
/// one counts as had), by rejection; sign from bit 31 of the accepted draw.
///
/// Two indices are compared at a time: x = indices ^ (candidate, candidate) has halfwords below 2^15, so
/// x - (1, 1) has bit 15 or 31 set exactly if one of them is 0. Padding (`i16::MAX`) equals no candidate.
fn redraw(a: &mut Asm, layout: &Layout, l: usize, index: &Region, queue: &Region) {
    let shape = layout.shapes[l];
    let weight = &layout.layers[l].weight;
    let [next, draw, again, done] = std::array::from_fn(|_| a.new_dynamic_label());
    let row_bytes = 8 * shape.stride_words() as u32;
    let looped = row_bytes as usize / 4 > COMPARED_WORDS;
    // t1 record, t2 records left, s1 magnitude, tp (1, 1); a0 the row's indices, a1 row, a2 slot and attempt,
    // t0 draw, a4 candidate, a5 the same twice; sp counts redraws, a3 is the answer.
    asm::li(a, T1, queue.address as i32);
    dynasm!(a
        ; .arch riscv32e
        ; lw t2, [t1, 0]
        ; beqz t2, =>done
        ; add sp, sp, t2
        ; lw t0, [t1, 4]
        ; lw a4, [gp, variable::OVERFLOWS]
        ; add a4, a4, t0
        ; sw a4, [gp, variable::OVERFLOWS]
        ; lw s1, [gp, variable::regrow(l)]
        ; =>next
        ; addi t1, t1, 4
        ; lw t0, [t1, 4]
        ; srli a1, t0, 16
        ; slli a2, t0, 16
    );
    if looped {
        dynasm!(a; .arch riscv32e; sw t1, [gp, variable::RECORD]);
    }
    asm::li(a, A4, (l as i32) << 16);
    // The store of the index starts the draw, which goes on beside the arithmetic of the address.
    dynasm!(a
        ; .arch riscv32e
        ; or a4, a4, a1
        ; sw a4, [s0, mmio::RANDOM_ROW as i32]
        ; sw a2, [s0, mmio::RANDOM_INDEX as i32]
    );
    asm::li(a, A0, index.address as i32);
    // a0 += row * row bytes, by the bits of that constant.
    let mut shifted = 0;
    for bit in (0..32).filter(|b| row_bytes >> b & 1 == 1) {
        let by = bit - shifted;
        dynasm!(a; .arch riscv32e; slli a1, a1, by; add a0, a0, a1);
        shifted = bit;
    }
    dynasm!(a
        ; .arch riscv32e
        ; =>draw
        ; lw t0, [s0, mmio::RANDOM_VALUE as i32]
    );
    asm::li(a, A4, shape.n_in.next_power_of_two() as i32 - 1);
    dynasm!(a; .arch riscv32e; and a4, a4, t0);
    asm::li(a, A5, shape.n_in as i32);
    dynasm!(a; .arch riscv32e; bgeu a4, a5, =>again; slli a5, a4, 16; or a5, a5, a4);
    compare(a, row_bytes as usize / 4, again);
    if looped {
        dynasm!(a; .arch riscv32e; lw s1, [gp, variable::regrow(l)]; lw t1, [gp, variable::RECORD]);
    }
    dynasm!(a
        ; .arch riscv32e
        ; srli ra, a2, 16
        ; slli ra, ra, 1
        ; add ra, ra, a0
        ; sh a4, [ra, 0]
    );
    asm::li(a, A4, weight.address as i32 - index.address as i32);
    dynasm!(a
        ; .arch riscv32e
        ; add ra, ra, a4
        ; srai a1, t0, 31
        ; xor a4, s1, a1
        ; sub a4, a4, a1
        ; sh a4, [ra, 0]
        ; addi t2, t2, -1
        ; bnez t2, =>next
        ; j =>done
        ; =>again
    );
    if looped {
        dynasm!(a; .arch riscv32e; lw t1, [gp, variable::RECORD]);
    }
    dynasm!(a
        ; .arch riscv32e
        ; addi a2, a2, 1
        ; sw a2, [s0, mmio::RANDOM_INDEX as i32]
        ; j =>draw
        ; =>done
    );
}

/// Goes to `found` if one of the halfwords of `words` words from a0 equals those of a5. Uses a1 and ra; beyond
/// [`COMPARED_WORDS`] also t1 and s1.
fn compare(a: &mut Asm, words: usize, found: DynamicLabel) {
    let block = (1..=COMPARED_WORDS.min(words))
        .rev()
        .find(|b| words.is_multiple_of(*b))
        .unwrap_or(1);
    let more = a.new_dynamic_label();
    let looped = words > COMPARED_WORDS;
    if looped {
        asm::li(a, S1, 4 * words as i32);
        dynasm!(a; .arch riscv32e; mv t1, a0; add s1, s1, a0; =>more);
    }
    for w in 0..block as i32 {
        if looped {
            dynasm!(a; .arch riscv32e; lw a1, [t1, 4 * w]);
        } else {
            dynasm!(a; .arch riscv32e; lw a1, [a0, 4 * w]);
        }
        dynasm!(a; .arch riscv32e; xor a1, a1, a5);
        if w == 0 {
            dynasm!(a; .arch riscv32e; sub ra, a1, tp);
        } else {
            dynasm!(a; .arch riscv32e; sub a1, a1, tp; or ra, ra, a1);
        }
    }
    dynasm!(a
        ; .arch riscv32e
        ; slli a1, tp, 15
        ; and a1, a1, ra
        ; bnez a1, =>found
    );
    if looped {
        dynasm!(a; .arch riscv32e; addi t1, t1, 4 * block as i32; bltu t1, s1, =>more);
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{FIRMWARE_BYTES, LayerShape, Layout};
    use super::*;

    #[test]
    fn the_kernel_fits_its_region_and_uses_rv32e_registers() {
        let shapes = [(784, 300, 8), (300, 100, 8), (100, 10, 24)]
            .map(|(n_in, n_out, slots)| LayerShape { n_in, n_out, slots });
        let layout = Layout::new(&shapes, 64 << 10).unwrap();
        let words = kernel(&layout).unwrap();
        assert!(
            4 * words.len() as u32 <= FIRMWARE_BYTES,
            "{} words",
            words.len()
        );
        asm::check_rv32e(&words).unwrap();
        let jump = boot(&layout).unwrap();
        assert_eq!(jump.len(), 2);
        asm::check_rv32e(&jump).unwrap();
    }
}
