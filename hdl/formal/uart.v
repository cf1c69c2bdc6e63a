// The transmitter and the receiver of one machine joined by a line. `broken` pulls the line low.
module uart_proof(
    input wire clock, input wire reset, input wire in_valid, input wire [7:0] in_data, input wire spoil, input wire broken,
    input wire [19:0] increment, output wire in_ready, output wire out_valid, output wire [7:0] out_data, output wire framing
);
    wire tx;
    transmit sender(
        .clock(clock), .reset(reset), .increment(increment), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data), .tx(tx)
    );
    receive receiver(
        .clock(clock), .reset(reset), .rx(tx & ~broken), .increment(increment), .out_valid(out_valid), .out_data(out_data),
        .framing(framing)
    );
endmodule
    // Set into the module above, flat.
    //
    // Proved for ever, for every rate up to an eighth of the clock: bytes come out once, unchanged and in order, however the
    // sender is fed; one whose stop bit is low on the line, for however long, raises `framing` instead, once, and the
    // bytes after it arrive when the line was high for eight cycles in between; eight cycles after the sender's end nothing is on its way.
    // Both ends have the same clock here: sim/tests/link_blocks.rs has senders that are 2 % off.
    // cover: a byte arrives right behind another: out_valid & followed
    // cover: a byte arrives after a broken one: out_valid & was_broken
    reg followed = 0, was_broken = 0;
    always @(posedge clock) begin
        if (loads & left0 == 1) followed <= 1;
        if (framing) was_broken <= 1;
    end
    reg [2:0] age = 0;
    reg [19:0] increment_q = 0;
    reg broken_q = 0;
    // Of the byte that is sent: its bits, whether its stop bit is spoilt, the phase that its start bit began with.
    reg [7:0] byte0 = 0;
    reg bad0 = 0;
    reg [19:0] base0 = 0;
    wire loads = in_valid & in_ready & !reset;
    wire [3:0] left0 = sender_left$q;
    // The sender's register is a cycle ahead.
    wire [19:0] phase0 = sender_phase$q - increment;
    // Bytes taken and not given out, the older first.
    reg [1:0] held = 0;
    reg [7:0] older = 0, newer = 0;
    reg older_bad = 0, newer_bad = 0;
    // Cycles since the sender had something, and since the line was broken, at most 8.
    reg [3:0] idle = 0, whole = 8;
    wire gives = out_valid | framing;
    always @(posedge clock) begin
        if (age != 7) age <= age + 1;
        increment_q <= increment;
        broken_q <= broken;
        idle <= left0 != 0 ? 4'd0 : idle + (idle != 8);
        whole <= broken ? 4'd0 : whole + (whole != 8);
        if (loads) begin
            byte0 <= in_data;
            bad0 <= spoil;
            base0 <= left0 == 0 ? 20'd0 : phase0 + increment;
        end
        held <= held + loads - gives;
        if (gives) {older, older_bad} <= {newer, newer_bad};
        if (loads) begin
            if (held == gives) {older, older_bad} <= {in_data, spoil};
            else {newer, newer_bad} <= {in_data, spoil};
        end
        if (reset) held <= 0;
    end
    always @(*) begin
        assume (reset == (age != 7));
        assume (increment != 0 && increment <= 20'h20000);
        if (age != 0) assume (increment == increment_q);
`ifdef FASTEST
        assume (increment == 20'h20000);
`endif
        // From the spoilt stop bit on, and on as long as it likes.
        if (reset | !(left0 == 0 & broken_q)) assume (broken == (bad0 & left0 == 1 & !reset));
        if (broken | whole != 8) assume (!in_valid);
        if (age == 7) begin
            assert (!(out_valid & framing));
            if (gives) assert (held != 0);
            if (out_valid) assert (!older_bad && out_data == older);
            if (framing) assert (older_bad);
            assert (held <= 2);
            if (idle == 8 && left0 == 0) assert (held == 0);
        end
    end
`ifdef INVARIANT
    // The sender as it was one to four cycles ago: the receiver is four cycles behind it.
    reg [3:0] left1 = 0, left2 = 0, left3 = 0, left4 = 0;
    reg [19:0] phase1 = 0, phase2 = 0, phase3 = 0, phase4 = 0;
    reg [19:0] base1 = 0, base2 = 0, base3 = 0, base4 = 0;
    reg [7:0] byte1 = 0, byte2 = 0, byte3 = 0, byte4 = 0;
    reg bad1 = 0, bad2 = 0, bad3 = 0, bad4 = 0;
    reg [4:1] loaded = 0, low = 0;
    always @(posedge clock) begin
        {left1, left2, left3, left4} <= {left0, left1, left2, left3};
        {phase1, phase2, phase3, phase4} <= {phase0, phase1, phase2, phase3};
        {base1, base2, base3, base4} <= {base0, base1, base2, base3};
        {byte1, byte2, byte3, byte4} <= {byte0, byte1, byte2, byte3};
        {bad1, bad2, bad3, bad4} <= {bad0, bad1, bad2, bad3};
        loaded <= {loaded[3:1], loads};
        low <= {low[3:1], broken};
    end
    // The receiver's bits and phase, from the sender's: half a bit ahead, so that it samples in the middle.
    wire [23:0] follows = {4'd10 - left4, phase4} - {4'd0, base4} + 24'h80000;
    wire [3:0] count = receiver_count$q;
    wire busy = receiver_active$q | receiver_valid_q$q | receiver_framing_q$q;
    wire [7:0] received = receiver_shift$q >> (4'd9 - count);
    always @(*) if (age == 7) begin
        assert (left0 <= 10);
        assert (sender_ends$q == (sender_phase$q < increment));
        if (broken) assert (bad0 && left0 <= 1);
        assert (sender_shift$q == (left0 == 0 ? 9'd0 : ({byte0, 1'b0} ^ 9'h1ff) >> (4'd10 - left0)));
        assert (left0 == 0 || base0 < increment);
        assert (left0 != 10 || phase0 >= base0);
        if (receiver_active$q) begin
            assert (left4 != 0);
            assert ({count, receiver_phase$q} == follows);
            assert (count <= 9);
            if (count > 1) assert (received == (byte4 & ~(8'hff << (count - 4'd1))));
        end else begin
            assert (left4 == 0 || (left4 == 1 && follows >= {4'd10, 20'd0}));
            assert (receiver_stuck$q == low[4]);
        end
        if (receiver_stuck$q) assert (!receiver_active$q);
        if (receiver_valid_q$q) assert (!receiver_active$q && !receiver_framing_q$q && left4 == 1 && !bad4 && receiver_shift$q == byte4);
        if (receiver_framing_q$q) assert (!receiver_active$q && left4 == 1 && bad4);
        assert ((loaded & (loaded - 1)) == 0);
        assert (held == {1'b0, busy} + {1'b0, |loaded});
        if (busy) assert ({older, older_bad} == {byte4, bad4});
        if (busy & |loaded) assert ({newer, newer_bad} == {byte0, bad0});
        if (!busy & |loaded) assert ({older, older_bad} == {byte0, bad0});
    end
`endif
