    // Set into the module of the arbiter: one grant at a time, only where it was asked for, always when anybody asks, and
    // nobody who keeps asking waits for more than three grants of others. The order of precedence stays a total order,
    // which induction needs.
    // cover: one that waited for three others is granted: grant[0] & waited0 == 3
    wire [3:0] request = {request3, request2, request1, request0};
    wire [3:0] grant = {grant3, grant2, grant1, grant0};
    reg begun = 0;
    reg reset_before = 1;
    reg [3:0] granted = 0;
    reg [2:0] waited0 = 0, waited1 = 0, waited2 = 0, waited3 = 0;
    always @(posedge clock) begin
        begun <= 1;
        reset_before <= reset;
        granted <= grant;
        waited0 <= reset || grant[0] || !request[0] ? 3'd0 : waited0 + 3'd1;
        waited1 <= reset || grant[1] || !request[1] ? 3'd0 : waited1 + 3'd1;
        waited2 <= reset || grant[2] || !request[2] ? 3'd0 : waited2 + 3'd1;
        waited3 <= reset || grant[3] || !request[3] ? 3'd0 : waited3 + 3'd1;
    end
    // Who goes before whom, as the triangle of bits says, and how many go before each.
    wire [2:0] before0 = {2'b0, !b01$q} + {2'b0, !b02$q} + {2'b0, !b03$q};
    wire [2:0] before1 = {2'b0, b01$q} + {2'b0, !b12$q} + {2'b0, !b13$q};
    wire [2:0] before2 = {2'b0, b02$q} + {2'b0, b12$q} + {2'b0, !b23$q};
    wire [2:0] before3 = {2'b0, b03$q} + {2'b0, b13$q} + {2'b0, b23$q};
    always @(*) begin
        if (!begun) assume (reset);
        else begin
            assert ((grant & (grant - 4'd1)) == 0);
            assert ((grant & ~request) == 0);
            assert (request == 0 || grant != 0);
            // A total order: one each with 0, 1, 2 and 3 before it.
            assert ((4'b1 << before0 | 4'b1 << before1 | 4'b1 << before2 | 4'b1 << before3) == 4'hf);
            // Each wait takes one off those before.
            assert (waited0 + before0 <= 3);
            assert (waited1 + before1 <= 3);
            assert (waited2 + before2 <= 3);
            assert (waited3 + before3 <= 3);
            if (!reset_before) assert (any == (granted != 0));
        end
    end
