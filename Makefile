# The two commands: make demo, make test. Everything else is evidence that takes longer.
# Each target first makes sure of the tools it needs (host/setup.sh says what it does).

CARGO ?= cargo
SYNFIRE = target/release/synfire

.PHONY: demo test build lint bench mnist rtl-epoch synth bitstreams five formal equiv fuzz netlist


# Trains the embedded digits, runs the same training in the RTL in lockstep with the model, and writes the report.
demo: build
	@sh host/setup.sh verilator
	@mkdir -p target/demo
	$(SYNFIRE) train deepr --checkpoint target/demo/checkpoint.synfire
	$(SYNFIRE) inspect target/demo/checkpoint.synfire
	$(SYNFIRE) verify --config ecp5 --cases 10 --samples 20 --json > target/demo/verify.json
	$(SYNFIRE) report target/demo/checkpoint.synfire --verify target/demo/verify.json --out target/demo

test:
	@sh host/setup.sh verilator
	$(CARGO) test --workspace

build:
	$(CARGO) build --release -p synfire

# Yosys' check -assert on the emitted RTL of every configuration; Verilator's lint is sim/tests/lint.rs, in make test.
lint: build
	@sh host/setup.sh verilator yosys
	for c in tiny small gowin ecp5; do \
	  $(SYNFIRE) emit --config $$c --out target/rtl && $(SYNFIRE) emit --config $$c --machine 1 --out target/rtl && \
	  .venv/bin/python host/check_rtl.py target/rtl/synfire_pe_$$c.v pe > target/rtl/check_$$c.log && \
	  .venv/bin/python host/check_rtl.py target/rtl/synfire_machine_$$c.v machine > target/rtl/check_$$c.log || { tail -20 target/rtl/check_$$c.log; exit 1; }; \
	done
	$(SYNFIRE) emit --config ecp5 --machine 2 --many-multipliers --out target/rtl/many
	.venv/bin/python host/check_rtl.py target/rtl/many/synfire_machine_ecp5.v machine > target/rtl/check_many.log || { tail -20 target/rtl/check_many.log; exit 1; }

# Quick run of the criterion benchmarks: shows that they run, not how fast they are.
bench:
	$(CARGO) bench --workspace --benches -- --test

# MNIST, seeds 1 to 3; DATA is a directory with MNIST's IDX files.
mnist: build
	for s in 1 2 3; do $(SYNFIRE) train deepr --data $(DATA) --seed $$s --json --checkpoint target/mnist/seed$$s.synfire || exit 1; done

# One epoch of 50,000 digits in the RTL alone, then classes, network and counters against the native trainer; DATA as above.
rtl-epoch: build
	@sh host/setup.sh verilator
	$(SYNFIRE) verify --config ecp5 --data $(DATA) --samples 50000 --alone

# LUTs, multipliers and block RAM of the ecp5 PE; place and route of it alone, three seeds. Takes about half an hour.
synth: build
	@sh host/setup.sh yosys nextpnr
	$(SYNFIRE) synth --config ecp5 --place

# Bitstreams of all boards, timing met, two at a time; what was made before is found again, and no board keeps the others from
# being built. Bitstreams of ECP5 and iCE40 are unpacked and packed again, and compared. Ten to twenty minutes a board.
# The longest first.
BOARDS = tangnano20k ulx3s-85f colorlight-i9 colorlight-i5 orangecrab-25f icebreaker
# Boards whose bitstream no tool unpacks to what can be packed again.
UNCHECKED = tangnano20k
bitstreams: build
	@sh host/setup.sh yosys nextpnr ice40 gowin
	@$(MAKE) --no-print-directory --keep-going --jobs 2 $(BOARDS:%=bitstream-%)

bitstream-%:
	@$(SYNFIRE) build --board $* $(if $(filter $*,$(UNCHECKED)),,--check-bitstream) || { echo "no bitstream for $*: see above" >&2; exit 1; }

# As many PEs side by side as an 85F holds, 55 MHz asked. Takes more than an hour; see docs/results/fpga.md for how far it came.
five: build
	@sh host/setup.sh yosys nextpnr
	$(SYNFIRE) build --board ulx3s-85f --pes 5 --clock-mhz 55 --check-bitstream

# A board's RTL, for the proofs: every module of the machine, and the UART.
BOARD_RTL = target/rtl/synfire_board_ecp5.v
EMIT_BOARD = $(SYNFIRE) emit --config ecp5 --machine 1 --clock-hz 60000000 --baud 3000000 --out target/rtl

# Proofs of arbiter, queues, UART and SRAM by Yosys' SAT solver, each with injected bugs seen. About ten minutes.
formal: build
	@sh host/setup.sh yosys
	$(EMIT_BOARD)
	.venv/bin/python host/formal.py $(BOARD_RTL)

# Proves the modules of the machine equal to their ECP5 netlists, each with a changed table seen. About half an hour.
equiv: build
	@sh host/setup.sh yosys
	$(EMIT_BOARD)
	.venv/bin/python host/equiv.py $(BOARD_RTL)

# Fuzzes both ends of the host link, guided by coverage, FUZZ_SECONDS for each of three targets; then finds a planted fault.
FUZZ_SECONDS ?= 60
fuzz:
	python3 host/fuzz.py $(FUZZ_SECONDS)

# Trains five digits on the ECP5 netlist of the machine (Yosys, then Verilator) to the native trainer's checkpoint, and
# flips bits of its tables to see them caught; prints the times. Takes about ten minutes, most of it once.
netlist:
	@sh host/setup.sh verilator yosys
	$(CARGO) test --release -p synfire --test netlist -- --include-ignored --nocapture --test-threads 1
