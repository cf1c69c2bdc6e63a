// The queue of two at the mouth of a stream, against a queue written as a shift register: nothing is lost, doubled or
// overtaken, and what it says of itself is true.
module skid_proof(input wire clock, input wire reset, input wire in_valid, input wire @DATA@ in_data, input wire pop_any);
    wire in_ready, put, head_valid, old, second_valid;
    wire @DATA@ head, second;
    wire pop = pop_any & head_valid;
    queue dut(
        .clock(clock), .reset(reset), .in_valid(in_valid), .in_ready(in_ready), .put(put), .in_data(in_data),
        .head_valid(head_valid), .head(head), .old(old), .second_valid(second_valid), .second(second), .pop(pop)
    );
    reg begun = 0;
    reg [1:0] held = 0;
    reg @DATA@ first = 0;
    reg @DATA@ next = 0;
    always @(posedge clock) begin
        begun <= 1;
        if (reset) held <= 0;
        else begin
            held <= held + (in_valid & in_ready) - pop;
            if (pop) first <= next;
            if (in_valid & in_ready) begin
                if (held == (pop ? 2'd1 : 2'd0)) first <= in_data;
                else next <= in_data;
            end
        end
    end
    always @(*) begin
        if (!begun) assume (reset);
        else begin
            assert (held <= 2);
            assert (in_ready == (held != 2));
            assert (put == (in_valid & in_ready));
            assert (head_valid == (held != 0));
            assert (second_valid == (held == 2));
            if (held != 0) assert (head == first);
            if (held == 2) assert (second == next);
        end
    end
endmodule
