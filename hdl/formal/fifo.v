// A queue in LUT RAM, one word watched: some word that comes in as the n-th, n chosen freely, goes out as the n-th with the
// same bits, and the level is the words in minus the words out.
module fifo_proof(
    input wire clock, input wire reset, input wire in_valid, input wire @DATA@ in_data, input wire out_any,
    input wire watch_now
);
    wire in_ready, out_valid;
    wire @DATA@ out_data;
    wire @LEVEL@ level;
    wire out_ready = out_any;
    sums dut(
        .clock(clock), .reset(reset), .in_valid(in_valid), .in_ready(in_ready), .in_data(in_data),
        .out_valid(out_valid), .out_ready(out_ready), .out_data(out_data), .level(level)
    );
    wire put = in_valid & in_ready;
    wire take = out_valid & out_ready;
    reg begun = 0;
    reg @LEVEL@ held = 0;
    // The watched word: whether it is in, the words before it, its bits.
    reg inside = 0;
    reg @LEVEL@ ahead = 0;
    reg @DATA@ word = 0;
    always @(posedge clock) begin
        begun <= 1;
        held <= held + put - take;
        if (put & watch_now & !inside) begin
            inside <= 1;
            ahead <= held - take;
            word <= in_data;
        end else if (inside & take) begin
            ahead <= ahead - 1;
            if (ahead == 0) inside <= 0;
        end
        if (reset) begin
            held <= 0;
            inside <= 0;
        end
    end
    always @(*) begin
        if (!begun) assume (reset);
        else begin
            assert (held <= @DEPTH@);
            assert (level == held);
            assert (!(put & held == @DEPTH@));
            assert (!(take & held == 0));
            if (inside) begin
                assert (ahead < held);
                if (ahead == 0 && out_valid) assert (out_data == word);
            end
        end
    end
endmodule
