// Behaviour of the ECP5's cells for netlists of `synth_ecp5`: of DP16KD and MULT18X18D, which Yosys has as black boxes,
// and of the others in a form that Verilator makes fast code of; host/tests/netlist.rs holds those against Yosys' own.
// Written from Lattice's descriptions (TN-02204 memory, TN-02205 DSP) of the ports and parameters that Yosys connects.
// What is not modelled is refused: a parameter in elaboration, an input when it is first seen at a clock edge.

// A table of four inputs.
module LUT4(input wire A, B, C, D, output wire Z);
    parameter [15:0] INIT = 16'h0;
    assign Z = INIT[{D, C, B, A}];
endmodule

// Two bits of a carry chain: each a table, its lower quarter the carry that is made where the table says 0.
// INJECT1 "YES" cuts the chain: no carry comes in and none is made.
module CCU2C(input wire CIN, A0, B0, C0, D0, A1, B1, C1, D1, output wire S0, S1, COUT);
    parameter [15:0] INIT0 = 16'h0;
    parameter [15:0] INIT1 = 16'h0;
    parameter INJECT1_0 = "YES";
    parameter INJECT1_1 = "YES";
    localparam CHAIN_0 = INJECT1_0 == "NO";
    localparam CHAIN_1 = INJECT1_1 == "NO";

    generate
        if ((INJECT1_0 != "NO" && INJECT1_0 != "YES") || (INJECT1_1 != "NO" && INJECT1_1 != "YES"))
            $error("CCU2C: INJECT1 is neither NO nor YES");
    endgenerate

    wire table_0 = INIT0[{D0, C0, B0, A0}];
    wire table_1 = INIT1[{D1, C1, B1, A1}];
    wire between = table_0 ? CIN : CHAIN_0 & INIT0[{2'b00, B0, A0}];
    assign S0 = table_0 ^ (CHAIN_0 & CIN);
    assign S1 = table_1 ^ (CHAIN_1 & between);
    assign COUT = table_1 ? between : CHAIN_1 & INIT1[{2'b00, B1, A1}];
endmodule

// A flip-flop; after power up it holds what LSR sets it to.
// Not modelled: asynchronous LSR, inverted CLK, LSRMODE "PRLD", and SRMODE "CE_OVER_LSR".
module TRELLIS_FF(input wire CLK, LSR, CE, DI, M, output reg Q);
    parameter GSR = "ENABLED";
    parameter CEMUX = "1";
    parameter CLKMUX = "CLK";
    parameter LSRMUX = "LSR";
    parameter SRMODE = "LSR_OVER_CE";
    parameter REGSET = "RESET";
    parameter LSRMODE = "LSR";
    localparam SET = REGSET == "SET";

    generate
        if (CEMUX != "1" && CEMUX != "0" && CEMUX != "CE" && CEMUX != "INV")
            $error("TRELLIS_FF: this CEMUX is not modelled");
        if (CLKMUX != "CLK")
            $error("TRELLIS_FF: inverted clocks are not modelled");
        if (LSRMUX != "LSR" && LSRMUX != "INV")
            $error("TRELLIS_FF: this LSRMUX is not modelled");
        if (SRMODE != "LSR_OVER_CE")
            $error("TRELLIS_FF: this SRMODE is not modelled");
        if (REGSET != "SET" && REGSET != "RESET")
            $error("TRELLIS_FF: this REGSET is not modelled");
        if (LSRMODE != "LSR")
            $error("TRELLIS_FF: this LSRMODE is not modelled");
    endgenerate

    wire enabled = CEMUX == "1" ? 1'b1 : CEMUX == "0" ? 1'b0 : CEMUX == "INV" ? !CE : CE;
    initial Q = SET;
    always @(posedge CLK)
        if (LSRMUX == "INV" ? !LSR : LSR)
            Q <= SET;
        else if (enabled)
            Q <= DI;
endmodule

// 16 words of 4 bits, written at the clock's edge and read at once.
module TRELLIS_DPR16X4(input wire [3:0] DI, WAD, input wire WRE, WCK, input wire [3:0] RAD, output wire [3:0] DO);
    parameter WCKMUX = "WCK";
    parameter WREMUX = "WRE";
    parameter [63:0] INITVAL = 64'h0;

    generate
        if (WCKMUX != "WCK")
            $error("TRELLIS_DPR16X4: inverted clocks are not modelled");
        if (WREMUX != "WRE" && WREMUX != "INV" && WREMUX != "0" && WREMUX != "1")
            $error("TRELLIS_DPR16X4: this WREMUX is not modelled");
    endgenerate

    reg [3:0] mem [0:15];
    integer i;
    initial begin
        for (i = 0; i < 16; i = i + 1)
            mem[i] = INITVAL[4 * i +: 4];
    end
    wire write = WREMUX == "1" ? 1'b1 : WREMUX == "0" ? 1'b0 : WREMUX == "INV" ? !WRE : WRE;
    always @(posedge WCK)
        if (write)
            mem[WAD] <= DI;
    assign DO = mem[RAD];
endmodule

// Two tables to one of five inputs.
module PFUMX(input wire ALUT, BLUT, C0, output wire Z);
    assign Z = C0 ? ALUT : BLUT;
endmodule

// Two of those, or two of its own.
module L6MUX21(input wire D0, D1, SD, output wire Z);
    assign Z = SD ? D1 : D0;
endmodule

// 18 Kbit of block RAM with two ports A and B, each 9 or 18 bits wide, or as one 36-bit write port A and a read port B.
//
// A port reads or writes at its clock's rising edge where CE is 1; the output shows what was read after that edge and
// stays. A port that writes reads by WRITEMODE: NORMAL nothing, WRITETHROUGH the new word, READBEFOREWRITE the old one.
// Of a word of 18 bits AD0 and AD1 enable the bytes (of 36 bits AD0 to AD3); the word's address begins at AD4 (AD5).
// Where one port reads what the other writes at the same edge, hardware promises nothing: here the complement of the
// old bits comes, so that a design that uses them is seen. Both ports are on one clock.
// Not modelled: widths 1, 2 and 4, output registers, resets (RESETMODE is theirs, and Yosys sets it where there are
// none), chip selects, inverted clocks.
module DP16KD(
    input wire DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3,
    DIA2, DIA1, DIA0,
    input wire ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input wire CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output wire DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3,
    DOA2, DOA1, DOA0,
    input wire DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3,
    DIB2, DIB1, DIB0,
    input wire ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input wire CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output wire DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3,
    DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18;
    parameter DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG";
    parameter REGMODE_B = "NOREG";
    parameter RESETMODE = "SYNC";
    parameter ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000";
    parameter CSDECODE_B = "0b000";
    parameter WRITEMODE_A = "NORMAL";
    parameter WRITEMODE_B = "NORMAL";
    parameter CLKAMUX = "CLKA";
    parameter CLKBMUX = "CLKB";
    parameter GSR = "AUTO";
    parameter [319:0] INITVAL_00 = 320'h0;
    parameter [319:0] INITVAL_01 = 320'h0;
    parameter [319:0] INITVAL_02 = 320'h0;
    parameter [319:0] INITVAL_03 = 320'h0;
    parameter [319:0] INITVAL_04 = 320'h0;
    parameter [319:0] INITVAL_05 = 320'h0;
    parameter [319:0] INITVAL_06 = 320'h0;
    parameter [319:0] INITVAL_07 = 320'h0;
    parameter [319:0] INITVAL_08 = 320'h0;
    parameter [319:0] INITVAL_09 = 320'h0;
    parameter [319:0] INITVAL_0A = 320'h0;
    parameter [319:0] INITVAL_0B = 320'h0;
    parameter [319:0] INITVAL_0C = 320'h0;
    parameter [319:0] INITVAL_0D = 320'h0;
    parameter [319:0] INITVAL_0E = 320'h0;
    parameter [319:0] INITVAL_0F = 320'h0;
    parameter [319:0] INITVAL_10 = 320'h0;
    parameter [319:0] INITVAL_11 = 320'h0;
    parameter [319:0] INITVAL_12 = 320'h0;
    parameter [319:0] INITVAL_13 = 320'h0;
    parameter [319:0] INITVAL_14 = 320'h0;
    parameter [319:0] INITVAL_15 = 320'h0;
    parameter [319:0] INITVAL_16 = 320'h0;
    parameter [319:0] INITVAL_17 = 320'h0;
    parameter [319:0] INITVAL_18 = 320'h0;
    parameter [319:0] INITVAL_19 = 320'h0;
    parameter [319:0] INITVAL_1A = 320'h0;
    parameter [319:0] INITVAL_1B = 320'h0;
    parameter [319:0] INITVAL_1C = 320'h0;
    parameter [319:0] INITVAL_1D = 320'h0;
    parameter [319:0] INITVAL_1E = 320'h0;
    parameter [319:0] INITVAL_1F = 320'h0;
    parameter [319:0] INITVAL_20 = 320'h0;
    parameter [319:0] INITVAL_21 = 320'h0;
    parameter [319:0] INITVAL_22 = 320'h0;
    parameter [319:0] INITVAL_23 = 320'h0;
    parameter [319:0] INITVAL_24 = 320'h0;
    parameter [319:0] INITVAL_25 = 320'h0;
    parameter [319:0] INITVAL_26 = 320'h0;
    parameter [319:0] INITVAL_27 = 320'h0;
    parameter [319:0] INITVAL_28 = 320'h0;
    parameter [319:0] INITVAL_29 = 320'h0;
    parameter [319:0] INITVAL_2A = 320'h0;
    parameter [319:0] INITVAL_2B = 320'h0;
    parameter [319:0] INITVAL_2C = 320'h0;
    parameter [319:0] INITVAL_2D = 320'h0;
    parameter [319:0] INITVAL_2E = 320'h0;
    parameter [319:0] INITVAL_2F = 320'h0;
    parameter [319:0] INITVAL_30 = 320'h0;
    parameter [319:0] INITVAL_31 = 320'h0;
    parameter [319:0] INITVAL_32 = 320'h0;
    parameter [319:0] INITVAL_33 = 320'h0;
    parameter [319:0] INITVAL_34 = 320'h0;
    parameter [319:0] INITVAL_35 = 320'h0;
    parameter [319:0] INITVAL_36 = 320'h0;
    parameter [319:0] INITVAL_37 = 320'h0;
    parameter [319:0] INITVAL_38 = 320'h0;
    parameter [319:0] INITVAL_39 = 320'h0;
    parameter [319:0] INITVAL_3A = 320'h0;
    parameter [319:0] INITVAL_3B = 320'h0;
    parameter [319:0] INITVAL_3C = 320'h0;
    parameter [319:0] INITVAL_3D = 320'h0;
    parameter [319:0] INITVAL_3E = 320'h0;
    parameter [319:0] INITVAL_3F = 320'h0;

    localparam WIDE = DATA_WIDTH_A == 36 || DATA_WIDTH_B == 36;
    // 16 words of 18 bits in each, 20 bits apart.
    localparam [20479:0] INIT = {INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39,
    INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
    INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28, INITVAL_27,
    INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F, INITVAL_1E,
    INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18, INITVAL_17, INITVAL_16, INITVAL_15,
    INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10, INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C,
    INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08, INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03,
    INITVAL_02, INITVAL_01, INITVAL_00};

    generate
        if ((DATA_WIDTH_A != 9 && DATA_WIDTH_A != 18 && DATA_WIDTH_A != 36)
            || (DATA_WIDTH_B != 9 && DATA_WIDTH_B != 18 && DATA_WIDTH_B != 36))
            $error("DP16KD: data widths %0d and %0d are not modelled, 9, 18 and 36 are", DATA_WIDTH_A, DATA_WIDTH_B);
        if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG")
            $error("DP16KD: output registers are not modelled");
        if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000")
            $error("DP16KD: chip selects are not modelled");
        if (CLKAMUX != "CLKA" || CLKBMUX != "CLKB")
            $error("DP16KD: inverted clocks are not modelled");
        if ((WRITEMODE_A != "NORMAL" && WRITEMODE_A != "WRITETHROUGH" && WRITEMODE_A != "READBEFOREWRITE")
            || (WRITEMODE_B != "NORMAL" && WRITEMODE_B != "WRITETHROUGH" && WRITEMODE_B != "READBEFOREWRITE"))
            $error("DP16KD: this write mode is not modelled");
    endgenerate

    // A row is two words of 18 bits: four bytes of 9.
    reg [35:0] mem [0:511] /* verilator public_flat_rw */;
    integer i;
    initial begin
        for (i = 0; i < 512; i = i + 1)
            mem[i] = {INIT[40 * i + 20 +: 18], INIT[40 * i +: 18]};
    end
    wire [13:0] ad_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [17:0] di_a = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4,
    DIA3, DIA2, DIA1, DIA0};
    wire [13:0] ad_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
    wire [17:0] di_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4,
    DIB3, DIB2, DIB1, DIB0};
    // Bytes of its row that each port writes.
    wire [3:0] enabled_a = DATA_WIDTH_A == 36 ? ad_a[3:0]
        : DATA_WIDTH_A == 18 ? {2'b00, ad_a[1:0]} << {ad_a[4], 1'b0} : 4'b0001 << ad_a[4:3];
    wire [3:0] enabled_b = DATA_WIDTH_B == 18 ? {2'b00, ad_b[1:0]} << {ad_b[4], 1'b0} : 4'b0001 << ad_b[4:3];
    wire [3:0] write_a = {4{CEA & WEA}} & enabled_a;
    wire [3:0] write_b = {4{CEB & WEB}} & enabled_b;
    wire [35:0] new_a = DATA_WIDTH_A == 36 ? {di_b, di_a} : DATA_WIDTH_A == 18 ? {2{di_a}} : {4{di_a[8:0]}};
    wire [35:0] new_b = DATA_WIDTH_B == 18 ? {2{di_b}} : {4{di_b[8:0]}};
    wire same_row = ad_a[13:5] == ad_b[13:5];

    function [35:0] bits(input [3:0] bytes);
        bits = {{9{bytes[3]}}, {9{bytes[2]}}, {9{bytes[1]}}, {9{bytes[0]}}};
    endfunction

    // What a port's address selects of its row.
    function [35:0] part(input integer width, input [1:0] at, input [35:0] row);
        part = width == 36 ? row : width == 18 ? row >> (at[1] ? 18 : 0) & 36'h3ffff : row >> (9 * at) & 36'h1ff;
    endfunction

    wire [35:0] old_a = mem[ad_a[13:5]];
    wire [35:0] old_b = mem[ad_b[13:5]];
    wire [35:0] seen_a = old_a ^ (same_row ? bits(write_b) : 36'h0);
    wire [35:0] seen_b = old_b ^ (same_row ? bits(write_a) : 36'h0);
    reg [35:0] q_a;
    reg [35:0] q_b;

    always @(posedge CLKA) begin
        if (write_a[0]) mem[ad_a[13:5]][8:0] <= new_a[8:0];
        if (write_a[1]) mem[ad_a[13:5]][17:9] <= new_a[17:9];
        if (write_a[2]) mem[ad_a[13:5]][26:18] <= new_a[26:18];
        if (write_a[3]) mem[ad_a[13:5]][35:27] <= new_a[35:27];
        if (CEA && !WEA)
            q_a <= part(DATA_WIDTH_A, ad_a[4:3], seen_a);
        else if (CEA && WRITEMODE_A == "WRITETHROUGH")
            q_a <= part(DATA_WIDTH_A, ad_a[4:3], (seen_a & ~bits(write_a)) | (new_a & bits(write_a)));
        else if (CEA && WRITEMODE_A == "READBEFOREWRITE")
            q_a <= part(DATA_WIDTH_A, ad_a[4:3], seen_a);
        if (RSTA)
            $fatal(1, "DP16KD: a reset of port A is not modelled");
        if (CSA0 || CSA1 || CSA2)
            $fatal(1, "DP16KD: port A is not selected, which is not modelled");
        if (same_row && |(write_a & write_b))
            $fatal(1, "DP16KD: both ports write the same byte at one edge");
    end

    always @(posedge CLKB) begin
        if (write_b[0]) mem[ad_b[13:5]][8:0] <= new_b[8:0];
        if (write_b[1]) mem[ad_b[13:5]][17:9] <= new_b[17:9];
        if (write_b[2]) mem[ad_b[13:5]][26:18] <= new_b[26:18];
        if (write_b[3]) mem[ad_b[13:5]][35:27] <= new_b[35:27];
        if (CEB && !WEB)
            q_b <= part(DATA_WIDTH_B, ad_b[4:3], seen_b);
        else if (CEB && WRITEMODE_B == "WRITETHROUGH")
            q_b <= part(DATA_WIDTH_B, ad_b[4:3], (seen_b & ~bits(write_b)) | (new_b & bits(write_b)));
        else if (CEB && WRITEMODE_B == "READBEFOREWRITE")
            q_b <= part(DATA_WIDTH_B, ad_b[4:3], seen_b);
        if (RSTB)
            $fatal(1, "DP16KD: a reset of port B is not modelled");
        if (CSB0 || CSB1 || CSB2)
            $fatal(1, "DP16KD: port B is not selected, which is not modelled");
        if (WIDE && WEB)
            $fatal(1, "DP16KD: port B beside 36 bits only reads");
        if (CEA && !CLKA)
            $fatal(1, "DP16KD: two clocks are not modelled");
    end

    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2,
    DOA1, DOA0} = DATA_WIDTH_B == 36 ? q_b[17:0] : q_a[17:0];
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2,
    DOB1, DOB0} = DATA_WIDTH_B == 36 ? q_b[35:18] : q_b[17:0];
endmodule

// 18 x 18 bits to 36 bits without registers, each operand signed or unsigned by its input SIGNEDA or SIGNEDB.
// Not modelled: registers, the shift inputs (SOURCEA, SOURCEB, SRI), C and the outputs to the DSP's ALU.
module MULT18X18D(
    input wire A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input wire B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input wire C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input wire SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    output wire P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16,
    P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
    parameter REG_INPUTA_CLK = "NONE";
    parameter REG_INPUTB_CLK = "NONE";
    parameter REG_INPUTC_CLK = "NONE";
    parameter REG_PIPELINE_CLK = "NONE";
    parameter REG_OUTPUT_CLK = "NONE";
    parameter MULT_BYPASS = "DISABLED";

    generate
        if (REG_INPUTA_CLK != "NONE" || REG_INPUTB_CLK != "NONE" || REG_INPUTC_CLK != "NONE"
            || REG_PIPELINE_CLK != "NONE" || REG_OUTPUT_CLK != "NONE")
            $error("MULT18X18D: registers are not modelled");
        if (MULT_BYPASS != "DISABLED")
            $error("MULT18X18D: its bypass is not modelled");
    endgenerate

    wire signed [18:0] a = {SIGNEDA & A17, A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2,
    A1, A0};
    wire signed [18:0] b = {SIGNEDB & B17, B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2,
    B1, B0};
    wire signed [37:0] p = a * b;
    assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
    P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = p[35:0];

    always @* begin
        if (SOURCEA || SOURCEB)
            $fatal(1, "MULT18X18D: operands from the shift inputs are not modelled");
    end
endmodule
