    // Set into the module of the queue of two at the mouth of a stream, against a queue written as a shift register: nothing is
    // lost, doubled or overtaken, and what it says of itself is true.
    // cover: a request goes out while another waits and a third comes next: pop & held == 2 & third
    reg begun = 0;
    reg third = 0;
    reg [1:0] held = 0;
    reg @DATA@ first = 0;
    reg @DATA@ next = 0;
    always @(posedge clock) begin
        begun <= 1;
        if (reset) held <= 0;
        else begin
            third <= third | (in_valid & in_ready & pop);
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
            // Its user never takes what is not there.
            assume (!pop | head_valid);
            assert (held <= 2);
            assert (in_ready == (held != 2));
            assert (put == (in_valid & in_ready));
            assert (head_valid == (held != 0));
            assert (second_valid == (held == 2));
            if (held != 0) assert (head == first);
            if (held == 2) assert (second == next);
        end
    end
