    // Set into the module of the SRAM, flat, for one read stream @S@ (queue @R@, the arbiters' request @N@); every memory bank
    // holds one watched word, `watched` chosen freely, and gives anything for the others.
    //
    // Proved for ever: what comes back for a read of the watched word is what all writes accepted before it left there, in
    // the order of hdl/src/streams.rs; responses come once, in order, and only for reads that were accepted; a head that
    // is not held by earlier writes waits for three others at most, a write W or Y for three cycles at most.
    // Lines between INVARIANT and its end help the induction; a bug is looked for without them.
    // cover: a watched read is answered whose word was written by two streams just before: watching & responds & ahead == 0 & by_w & by_c
    // cover: a read waits for three others: read_waits == 3
    // cover: a write C waits for as long as others keep its bank: c_held == 8 & c_waits == 0
    reg by_w = 0, by_c = 0;
    always @(posedge clock) if (age >= 2) begin
        by_w <= by_w | w_now;
        by_c <= by_c | (by_w & c_now);
    end
    reg [1:0] age = 0;
    reg [17:0] watched_q = 0;
    reg [2:0] lane_q = 0;
    always @(posedge clock) begin
        if (age != 3) age <= age + 1;
        watched_q <= watched;
        lane_q <= lane;
    end
    // The place of a word: bank and row.
    `define HIT(a) (a[@TOP@:@LOW@] == watched[@TOP@:@LOW@])
    `define BANK(a) (@BANK_OF@)

    // Of each write stream the entries that go to the watched word: first and second of its queue, and granted in the last cycle.
    reg gone_@P@ = 0;
    wire first_@P@ = @P@_queue_valid0$q & `HIT(@P@_addrs_ram_mem[~@P@_addrs_popped_slot$q]);
    wire second_@P@ = @P@_queue_valid1$q & `HIT(@P@_addrs_ram_mem[@P@_addrs_popped_slot$q]);
    wire going_@P@ = gone_@P@ & `HIT(@P@$addr);
    wire fresh_@P@ = first_@P@ & !@P@_queue_waited$q;
    // A byte of the word, `lane` chosen freely.
    function [7:0] written(input [7:0] word, input go, input [@E@-1:0] be, input [@W@-1:0] data);
        written = go & be[lane] ? data[8 * lane +: 8] : word;
    endfunction

    wire w_now = w$valid & w$ready & `HIT(w$addr);
    wire y_now = yw$valid & yw$ready & `HIT(yw$addr);
    wire c_now = cw$valid & cw$ready & `HIT(cw$addr);

    // What the accepted writes leave in the watched word.
    reg [7:0] shadow;
    wire [@W@-1:0] kept = @WORD@;
    wire [7:0] word = kept[8 * lane +: 8];
    wire [7:0] with_w = written(shadow, w_now, w$be, w$data);
    wire [7:0] with_y = written(with_w, y_now, yw$be, yw$data);
    wire [7:0] with_c = written(with_y, c_now, cw$be, cw$data);

    // One read, watched from its acceptance to its response.
    wire accepted = @S@$valid & @S@$ready;
    wire responds = @S@$rsp_valid;
    wire [7:0] response = @S@$rsp_data[8 * lane +: 8];
    reg watching = 0;
    reg [2:0] outstanding = 0, ahead = 0;
    wire begins = accepted & watch_now & `HIT(@S@$addr) & !watching;
    reg [2:0] read_waits = 0, w_waits = 0, y_waits = 0, c_waits = 0;
    // Cycles of a write C that is there, whatever holds it.
    reg [3:0] c_held = 0;
    wire c_blocked = |(wc$want & (ww$want | wy$want | engine_hold));
    wire [7:0] read_wants = @R@$want;
    wire read_blocked = |(read_wants & hold);
    always @(posedge clock) begin
        gone_@P@ <= @P@$pop;
        outstanding <= outstanding + accepted - responds;
        if (begins) begin
            watching <= 1;
            ahead <= outstanding - responds;
        end else if (watching & responds) begin
            ahead <= ahead - 1;
            if (ahead == 0) watching <= 0;
        end
        shadow <= with_c;
        read_waits <= @R@$pop || !@R@_queue_valid0$q ? 3'd0 : read_waits + !read_blocked;
        w_waits <= ww$pop || !ww_queue_valid0$q ? 3'd0 : w_waits + 3'd1;
        y_waits <= wy$pop || !wy_queue_valid0$q ? 3'd0 : y_waits + 3'd1;
        c_waits <= wc$pop || !wc_queue_valid0$q || c_blocked ? 3'd0 : c_waits + 3'd1;
        c_held <= wc$pop || !wc_queue_valid0$q ? 4'd0 : c_held + (c_held != 15);
        if (age < 2) begin
            shadow <= word;
            {gone_ww, gone_wy, gone_wc, watching} <= 0;
            {outstanding, read_waits, w_waits, y_waits, c_waits, c_held} <= 0;
        end
    end

    // Who is before whom at a bank, as in arbiter.v.
    wire [5:0] read_order@B@ = {read$@B@_b23$q, read$@B@_b13$q, read$@B@_b12$q, read$@B@_b03$q, read$@B@_b02$q, read$@B@_b01$q};
    wire [5:0] write_order@B@ = {write$@B@_b23$q, write$@B@_b13$q, write$@B@_b12$q, write$@B@_b03$q, write$@B@_b02$q, write$@B@_b01$q};
    function [2:0] before(input [5:0] o, input [1:0] who);
        case (who)
            2'd0: before = {2'b0, !o[0]} + {2'b0, !o[1]} + {2'b0, !o[2]};
            2'd1: before = {2'b0, o[0]} + {2'b0, !o[3]} + {2'b0, !o[4]};
            2'd2: before = {2'b0, o[1]} + {2'b0, o[3]} + {2'b0, !o[5]};
            default: before = {2'b0, o[2]} + {2'b0, o[4]} + {2'b0, o[5]};
        endcase
    endfunction
    function total(input [5:0] o);
        total = (4'b1 << before(o, 0) | 4'b1 << before(o, 1) | 4'b1 << before(o, 2) | 4'b1 << before(o, 3)) == 4'hf;
    endfunction

    wire one_way = !(w_now & y_now) & !(w_now & c_now) & !(y_now & c_now)
        & !(w_now & (first_wy | second_wy | first_wc | second_wc)) & !(y_now & (first_ww | second_ww | first_wc | second_wc));
    wire early = (watching | begins) & (w_now | y_now | c_now);
    always @(*) begin
        assume (reset == (age < 2));
        if (age != 0) assume (watched == watched_q && lane == lane_q);
        if (age >= 2) begin
            // What streams.rs asks of whoever uses the streams, of the watched word.
            assume (one_way);
            assume (!early);
            assert (outstanding <= 5);
            assert (!(responds & outstanding == 0));
            if (watching & responds & ahead == 0) assert (response == shadow);
            assert (!(@R@$pop & read_blocked));
            assert (read_waits <= 3);
            assert (w_waits <= 3);
            assert (y_waits <= 3);
            assert (c_waits <= 1);
        end
    end
`ifdef INVARIANT
    wire [7:0] after_gone_w = written(word, going_ww, ww$be, ww$data);
    wire [7:0] after_gone_y = written(after_gone_w, going_wy, wy$be, wy$data);
    wire [7:0] after_gone = written(after_gone_y, going_wc, wc$be, wc$data);
    wire [7:0] middle_@P@ = written(@BEFORE@, first_@P@, @P@_enables_ram_mem[~@P@_addrs_popped_slot$q], @P@_datas_ram_mem[~@P@_addrs_popped_slot$q]);
    wire [7:0] after_@P@ = written(middle_@P@, second_@P@, @P@_enables_ram_mem[@P@_addrs_popped_slot$q], @P@_datas_ram_mem[@P@_addrs_popped_slot$q]);
    wire [@W@-1:0] read_word = @OUTPUT@;
    // Where the watched read is, from its end: the response's register, the bank's output, granted, first, second.
    wire [2:0] before2 = {2'b0, @R@_valid3$q};
    wire [2:0] before1 = before2 + @R@_valid2$q;
    wire [2:0] before0 = before1 + @R@_valid1$q;
    wire at3 = watching & @R@_valid3$q & ahead == 0;
    wire at2 = watching & @R@_valid2$q & ahead == before2;
    wire at1 = watching & @R@_valid1$q & ahead == before1;
    wire first = watching & @R@_queue_valid0$q & ahead == before0;
    wire second = watching & @R@_queue_valid1$q & ahead == before0 + 1;
    always @(*) if (age >= 2) begin
        // A queue's numbers of banks in registers, and its rest in LUT RAM, go together.
        assert (!@P@_queue_valid1$q | @P@_queue_valid0$q);
        assert (@P@_addrs_put_slot$q == (~@P@_addrs_popped_slot$q ^ @P@_queue_valid0$q ^ @P@_queue_valid1$q));
        assert (!@P@_queue_valid0$q | @P@_queue_data0$q == `BANK(@P@_addrs_ram_mem[~@P@_addrs_popped_slot$q]));
        assert (!@P@_queue_valid1$q | @P@_queue_data1$q == `BANK(@P@_addrs_ram_mem[@P@_addrs_popped_slot$q]));
        assert ({@P@_datas_put_slot$q, @P@_datas_popped_slot$q} == {@P@_addrs_put_slot$q, @P@_addrs_popped_slot$q});
        assert ({@P@_enables_put_slot$q, @P@_enables_popped_slot$q} == {@P@_addrs_put_slot$q, @P@_addrs_popped_slot$q});
        assert (!@R@_queue_valid1$q | @R@_queue_valid0$q);
        assert (@R@_addrs_put_slot$q == (~@R@_addrs_popped_slot$q ^ @R@_queue_valid0$q ^ @R@_queue_valid1$q));
        assert (!@R@_queue_valid0$q | @R@_queue_data0$q == `BANK(@R@_addrs_ram_mem[~@R@_addrs_popped_slot$q]));
        assert (!@R@_queue_valid1$q | @R@_queue_data1$q == `BANK(@R@_addrs_ram_mem[@R@_addrs_popped_slot$q]));
        assert (outstanding == before0 + @R@_queue_valid0$q + @R@_queue_valid1$q);
        assert (after_wc == shadow);
        // Writes of W and Y to one word do not meet, and those of C come after them.
        assert (!((first_ww | second_ww) & (first_wy | second_wy)));
        if (first_wc | second_wc) assert (!fresh_ww & !fresh_wy);
        if (watching) assert (at3 | at2 | at1 | first | second);
        if (first) assert (`HIT(@R@_addrs_ram_mem[~@R@_addrs_popped_slot$q]));
        if (second) assert (`HIT(@R@_addrs_ram_mem[@R@_addrs_popped_slot$q]));
        // Every write that is queued for the word was so before the read: it is old, and holds the read.
        if (first | second) assert (!fresh_ww & !fresh_wy & !fresh_wc);
        if (at1) assert (`HIT(@R@$addr) & @R@_number1$q == `BANK(watched));
        if (at1 | at2 | at3) assert (!(first_ww | second_ww | going_ww | first_wy | second_wy | going_wy | first_wc | second_wc | going_wc));
        if (at2) assert (@R@_number2$q == `BANK(watched) & @R@_number2_n$q == !@R@_number2$q[1]);
        if (at2) assert (read_word[8 * lane +: 8] == shadow);
        if (at3) assert (response == shadow);
        assert (total(read_order@B@));
        assert (total(write_order@B@));
        if (@R@$want[@B@]) assert (read_waits + before(read_order@B@, @N@) <= 3);
    end
`endif
