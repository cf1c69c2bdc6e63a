//! Words of RV32I instructions: what the program generator and directed tests write with. No labels, no checks
//! beyond cutting a value to its field; programs for the machine are assembled in the host crate.

/// Register operations: (name, funct7, funct3), opcode 0x33.
pub const OPS: [(&str, u32, u32); 10] = [
    ("add", 0, 0),
    ("sub", 0x20, 0),
    ("sll", 0, 1),
    ("slt", 0, 2),
    ("sltu", 0, 3),
    ("xor", 0, 4),
    ("srl", 0, 5),
    ("sra", 0x20, 5),
    ("or", 0, 6),
    ("and", 0, 7),
];

/// A register-register instruction.
pub const fn r(opcode: u32, funct7: u32, funct3: u32, rd: u32, rs1: u32, rs2: u32) -> u32 {
    (funct7 & 127) << 25
        | (rs2 & 31) << 20
        | (rs1 & 31) << 15
        | (funct3 & 7) << 12
        | (rd & 31) << 7
        | opcode & 127
}

/// An instruction with a 12-bit immediate.
pub const fn i(opcode: u32, funct3: u32, rd: u32, rs1: u32, immediate: i32) -> u32 {
    let field = immediate as u32 & 0xfff;
    r(opcode, field >> 5, funct3, rd, rs1, field & 31)
}

/// Register or immediate operation: `op(7, ...)` is `addi` to `andi` by funct3, shifts take 0..=31 (+ 1024 for `srai`).
pub const fn op_imm(funct3: u32, rd: u32, rs1: u32, immediate: i32) -> u32 {
    i(0x13, funct3, rd, rs1, immediate)
}

/// `addi rd, rs1, immediate`.
pub const fn addi(rd: u32, rs1: u32, immediate: i32) -> u32 {
    op_imm(0, rd, rs1, immediate)
}

/// `lb`, `lh`, `lw`, `lbu`, `lhu` by funct3 0, 1, 2, 4, 5.
pub const fn load(funct3: u32, rd: u32, rs1: u32, offset: i32) -> u32 {
    i(0x03, funct3, rd, rs1, offset)
}

/// `sb`, `sh`, `sw` by funct3 0, 1, 2.
pub const fn store(funct3: u32, rs2: u32, rs1: u32, offset: i32) -> u32 {
    let field = offset as u32 & 0xfff;
    r(0x23, field >> 5, funct3, field & 31, rs1, rs2)
}

/// `beq`, `bne`, `blt`, `bge`, `bltu`, `bgeu` by funct3 0, 1, 4, 5, 6, 7; offset in bytes, even, 13 bits signed.
pub const fn branch(funct3: u32, rs1: u32, rs2: u32, offset: i32) -> u32 {
    let o = offset as u32;
    let low = o & 0x1e | o >> 11 & 1;
    let high = o >> 5 & 0x3f | o >> 6 & 0x40;
    r(0x63, high, funct3, low, rs1, rs2)
}

/// `jal rd, offset`; offset in bytes, even, 21 bits signed.
pub const fn jal(rd: u32, offset: i32) -> u32 {
    let o = offset as u32;
    (o & 0x10_0000) << 11
        | (o & 0x7fe) << 20
        | (o & 0x800) << 9
        | o & 0xf_f000
        | (rd & 31) << 7
        | 0x6f
}

/// `jalr rd, offset(rs1)`.
pub const fn jalr(rd: u32, rs1: u32, offset: i32) -> u32 {
    i(0x67, 0, rd, rs1, offset)
}

/// `lui`; the low 12 bits of `value` are cut off.
pub const fn lui(rd: u32, value: u32) -> u32 {
    value & 0xffff_f000 | (rd & 31) << 7 | 0x37
}

/// `auipc`; the low 12 bits of `value` are cut off.
pub const fn auipc(rd: u32, value: u32) -> u32 {
    value & 0xffff_f000 | (rd & 31) << 7 | 0x17
}

/// `csrrw`, `csrrs`, `csrrc` by funct3 1, 2, 3; with an immediate 0..=31 in place of rs1 by 5, 6, 7.
pub const fn csr(funct3: u32, rd: u32, number: u16, rs1: u32) -> u32 {
    i(0x73, funct3, rd, rs1, number as i32)
}

/// `lui` and `addi` that load any 32-bit value.
pub const fn li(rd: u32, value: u32) -> [u32; 2] {
    [
        lui(rd, value.wrapping_add(0x800)),
        addi(rd, rd, value as i32),
    ]
}

pub const ECALL: u32 = 0x0000_0073;
pub const EBREAK: u32 = 0x0010_0073;
pub const MRET: u32 = 0x3020_0073;
pub const WFI: u32 = 0x1050_0073;
pub const FENCE: u32 = 0x0ff0_000f;
pub const FENCE_I: u32 = 0x0000_100f;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_a_gnu_assembler_writes() {
        let words = [
            (addi(10, 0, 3), 0x0030_0513),
            (addi(10, 10, -1), 0xfff5_0513),
            (branch(1, 10, 0, -4), 0xfe05_1ee3),
            (branch(0, 10, 11, 8), 0x00b5_0463),
            (jalr(0, 1, 0), 0x0000_8067),
            (r(0x33, 0x20, 0, 5, 6, 7), 0x4073_02b3),
            (load(2, 10, 5, 4), 0x0042_a503),
            (store(2, 10, 5, 4), 0x00a2_a223),
            (store(2, 1, 2, -4), 0xfe11_2e23),
            (jal(1, 8), 0x0080_00ef),
            (jal(0, -4), 0xffdf_f06f),
            (lui(5, 0x4000_0000), 0x4000_02b7),
            (auipc(5, 0x1000), 0x0000_1297),
            (csr(1, 0, 0x305, 5), 0x3052_9073),
            (csr(2, 10, 0x342, 0), 0x3420_2573),
            (op_imm(5, 5, 6, 1024 + 3), 0x4033_5293),
            (li(5, 0x1234_5fff)[0], 0x1234_62b7),
        ];
        for (got, expected) in words {
            assert_eq!(got, expected, "{got:08x} {expected:08x}");
        }
    }
}
