    // Set into the module of a queue in LUT RAM, one word watched: some word that comes in as the n-th, n chosen freely, goes
    // out as the n-th with the same bits, and the level is the words in minus the words out.
    // cover: a watched word that came in behind three others goes out: inside & ahead == 0 & behind & take
    wire put = in_valid & in_ready;
    wire take = out_valid & out_ready;
    reg begun = 0;
    reg @LEVEL@ held = 0;
    // The watched word: whether it is in, the words before it, its bits, whether others were before it.
    reg inside = 0;
    reg @LEVEL@ ahead = 0;
    reg @DATA@ word = 0;
    reg behind = 0;
    always @(posedge clock) begin
        begun <= 1;
        held <= held + put - take;
        if (put & watch_now & !inside) begin
            inside <= 1;
            ahead <= held - take;
            word <= in_data;
            behind <= held - take >= 3;
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
`ifdef INVARIANT
    // The watched word lies where the queue's end will come to.
    wire @LEVEL@ place = tail$q + ahead;
    always @(*) if (begun & inside) assert (ram_mem[place[@A@:0]] == word);
`endif
