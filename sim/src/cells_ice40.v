// Behaviour of the iCE40 UltraPlus' large cells for netlists of `synth_ice40`: block RAM, single-port RAM, multiplier.
// Written from Lattice's descriptions (FPGA-TN-02002 block RAM, FPGA-TN-02022 SPRAM, FPGA-TN-02007 DSP) of the ports and parameters that Yosys connects.
// What is not modelled is refused: a parameter in elaboration, an input when it is first seen at a clock edge.

// 256 words of 16 bits behind ports of 16, 8, 4 or 2 bits (modes 0 to 3). The upper address bits choose among the bits of
// a word: of each group of 2, 4 or 8 bits the one of that number; a port's data lie on one pin of each group. MASK keeps bits, in mode 0.
// A word that is written in the cycle in which it is read is read as it must not be: its bits are turned.
module SB_RAM40_4K(
    output wire [15:0] RDATA,
    input wire [10:0] RADDR, WADDR,
    input wire [15:0] MASK, WDATA,
    input wire RCLKE, RCLK, RE, WCLKE, WCLK, WE
);
    parameter [1:0] READ_MODE = 0;
    parameter [1:0] WRITE_MODE = 0;
    // Set for the cell whose read port has the falling edge.
    parameter FALLING = 0;
    parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0, INIT_6 = 0, INIT_7 = 0;
    parameter [255:0] INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, INIT_E = 0, INIT_F = 0;
    parameter INIT_FILE = "";
    localparam [4095:0] INIT = {INIT_F, INIT_E, INIT_D, INIT_C, INIT_B, INIT_A, INIT_9, INIT_8,
        INIT_7, INIT_6, INIT_5, INIT_4, INIT_3, INIT_2, INIT_1, INIT_0};

    generate
        if (INIT_FILE != "")
            $error("SB_RAM40_4K: contents from a file are not modelled");
    endgenerate

    reg [15:0] mem [0:255];
    integer i;
    initial for (i = 0; i < 256; i = i + 1) mem[i] = INIT[16 * i +: 16];

    // Bits of a word that a port of this mode reaches.
    function [15:0] reached(input [1:0] mode, input [2:0] upper);
        case (mode)
            0: reached = 16'hffff;
            1: reached = 16'h5555 << upper[0];
            2: reached = 16'h1111 << upper[1:0];
            default: reached = 16'h0101 << upper;
        endcase
    endfunction
    // Each pin's bit in all places of its group.
    function [15:0] spread(input [1:0] mode, input [15:0] d);
        case (mode)
            0: spread = d;
            1: spread = {{2{d[14]}}, {2{d[12]}}, {2{d[10]}}, {2{d[8]}}, {2{d[6]}}, {2{d[4]}}, {2{d[2]}}, {2{d[0]}}};
            2: spread = {{4{d[13]}}, {4{d[9]}}, {4{d[5]}}, {4{d[1]}}};
            default: spread = {{8{d[11]}}, {8{d[3]}}};
        endcase
    endfunction
    // The bit that was read of each group on its pin.
    function [15:0] gathered(input [1:0] mode, input [15:0] d);
        case (mode)
            0: gathered = d;
            1: gathered = {1'b0, |d[15:14], 1'b0, |d[13:12], 1'b0, |d[11:10], 1'b0, |d[9:8],
                1'b0, |d[7:6], 1'b0, |d[5:4], 1'b0, |d[3:2], 1'b0, |d[1:0]};
            2: gathered = {2'b0, |d[15:12], 3'b0, |d[11:8], 3'b0, |d[7:4], 3'b0, |d[3:0], 1'b0};
            default: gathered = {4'b0, |d[15:8], 7'b0, |d[7:0], 3'b0};
        endcase
    endfunction

    wire writes = WCLKE & WE;
    wire [15:0] written = reached(WRITE_MODE, WADDR[10:8]) & (WRITE_MODE == 0 ? ~MASK : 16'hffff);
    always @(posedge WCLK)
        if (writes) mem[WADDR[7:0]] <= (mem[WADDR[7:0]] & ~written) | (spread(WRITE_MODE, WDATA) & written);

    wire [15:0] turned = writes && WADDR[7:0] == RADDR[7:0] ? written : 16'h0;
    reg [15:0] q;
    generate
        if (FALLING) begin
            always @(negedge RCLK)
                if (RCLKE & RE) q <= mem[RADDR[7:0]] & reached(READ_MODE, RADDR[10:8]);
        end else begin
            always @(posedge RCLK) begin
                if (RCLKE & RE) q <= (mem[RADDR[7:0]] ^ turned) & reached(READ_MODE, RADDR[10:8]);
                if (writes && !WCLK)
                    $fatal(1, "SB_RAM40_4K: two clocks are not modelled");
            end
        end
    endgenerate
    assign RDATA = gathered(READ_MODE, q);
endmodule

// The same with the falling edge of its read clock.
module SB_RAM40_4KNR(
    output wire [15:0] RDATA,
    input wire [10:0] RADDR, WADDR,
    input wire [15:0] MASK, WDATA,
    input wire RCLKE, RCLKN, RE, WCLKE, WCLK, WE
);
    parameter [1:0] READ_MODE = 0;
    parameter [1:0] WRITE_MODE = 0;
    parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0, INIT_6 = 0, INIT_7 = 0;
    parameter [255:0] INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, INIT_E = 0, INIT_F = 0;
    parameter INIT_FILE = "";
    SB_RAM40_4K #(
        .FALLING(1), .READ_MODE(READ_MODE), .WRITE_MODE(WRITE_MODE), .INIT_FILE(INIT_FILE),
        .INIT_0(INIT_0), .INIT_1(INIT_1), .INIT_2(INIT_2), .INIT_3(INIT_3), .INIT_4(INIT_4), .INIT_5(INIT_5),
        .INIT_6(INIT_6), .INIT_7(INIT_7), .INIT_8(INIT_8), .INIT_9(INIT_9), .INIT_A(INIT_A), .INIT_B(INIT_B),
        .INIT_C(INIT_C), .INIT_D(INIT_D), .INIT_E(INIT_E), .INIT_F(INIT_F)
    ) ram(
        .RDATA(RDATA), .RADDR(RADDR), .WADDR(WADDR), .MASK(MASK), .WDATA(WDATA), .RCLKE(RCLKE), .RCLK(RCLKN), .RE(RE),
        .WCLKE(WCLKE), .WCLK(WCLK), .WE(WE)
    );
endmodule

// 16,384 words of 16 bits, one access a cycle, four bits a write enable. In a write DATAOUT stays.
// Not modelled: the modes of low power. POWEROFF is 1 while the cell is on.
module SB_SPRAM256KA(
    input wire [13:0] ADDRESS,
    input wire [15:0] DATAIN,
    input wire [3:0] MASKWREN,
    input wire WREN, CHIPSELECT, CLOCK, STANDBY, SLEEP, POWEROFF,
    output reg [15:0] DATAOUT
);
    reg [15:0] mem [0:16383];
    wire [15:0] written = {{4{MASKWREN[3]}}, {4{MASKWREN[2]}}, {4{MASKWREN[1]}}, {4{MASKWREN[0]}}};
    always @(posedge CLOCK) begin
        if (STANDBY || SLEEP || !POWEROFF)
            $fatal(1, "SB_SPRAM256KA: low power is not modelled");
        if (CHIPSELECT && WREN)
            mem[ADDRESS] <= (mem[ADDRESS] & ~written) | (DATAIN & written);
        if (CHIPSELECT && !WREN)
            DATAOUT <= mem[ADDRESS];
    end
endmodule

// 16 x 16 bits to 32 bits; each operand may have a register that AHOLD or BHOLD stops.
// Not modelled: 8 x 8 bits, registers behind the multiplier, adders and accumulators.
module SB_MAC16(
    input wire CLK, CE,
    input wire [15:0] C, A, B, D,
    input wire AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT, OLOADTOP, OLOADBOT, ADDSUBTOP, ADDSUBBOT,
    OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN,
    output wire [31:0] O,
    output wire CO, ACCUMCO, SIGNEXTOUT
);
    parameter NEG_TRIGGER = 0, C_REG = 0, A_REG = 0, B_REG = 0, D_REG = 0;
    parameter TOP_8x8_MULT_REG = 0, BOT_8x8_MULT_REG = 0, PIPELINE_16x16_MULT_REG1 = 0, PIPELINE_16x16_MULT_REG2 = 0;
    parameter TOPOUTPUT_SELECT = 0, TOPADDSUB_LOWERINPUT = 0, TOPADDSUB_UPPERINPUT = 0, TOPADDSUB_CARRYSELECT = 0;
    parameter BOTOUTPUT_SELECT = 0, BOTADDSUB_LOWERINPUT = 0, BOTADDSUB_UPPERINPUT = 0, BOTADDSUB_CARRYSELECT = 0;
    parameter MODE_8x8 = 0, A_SIGNED = 0, B_SIGNED = 0;

    generate
        if (TOPOUTPUT_SELECT != 3 || BOTOUTPUT_SELECT != 3 || MODE_8x8 != 0)
            $error("SB_MAC16: only the product of 16 x 16 bits is modelled");
        if (TOP_8x8_MULT_REG != 0 || BOT_8x8_MULT_REG != 0 || PIPELINE_16x16_MULT_REG1 != 0
            || PIPELINE_16x16_MULT_REG2 != 0)
            $error("SB_MAC16: registers behind the multiplier are not modelled");
        if (NEG_TRIGGER != 0)
            $error("SB_MAC16: the falling edge is not modelled");
    endgenerate

    reg [15:0] a_q, b_q;
    always @(posedge CLK) begin
        if (CE && !AHOLD) a_q <= A;
        if (CE && !BHOLD) b_q <= B;
        if (IRSTTOP || IRSTBOT)
            $fatal(1, "SB_MAC16: resets are not modelled");
    end
    wire [15:0] a = A_REG != 0 ? a_q : A;
    wire [15:0] b = B_REG != 0 ? b_q : B;
    wire signed [16:0] a_wide = {A_SIGNED != 0 && a[15], a};
    wire signed [16:0] b_wide = {B_SIGNED != 0 && b[15], b};
    wire signed [33:0] p = a_wide * b_wide;
    assign O = p[31:0];
    assign {CO, ACCUMCO, SIGNEXTOUT} = 3'b0;
endmodule
