//! Reads the ports and public memories from the headers that Verilator generates, and writes the C functions through
//! which Rust reaches the model.

/// Name of the generated model class.
pub(super) const PREFIX: &str = "Vsf";

/// One port or memory of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Verilog name; hierarchy levels are joined by `.`.
    pub name: String,
    /// C++ member.
    pub member: String,
    /// Width in bits.
    pub bits: u32,
    /// Words of a memory; 0 for ports.
    pub depth: u32,
}

/// Undoes Verilator's encoding of names.
fn plain(name: &str) -> String {
    name.replace("__DOT__", ".")
        .replace("__024", "$")
        .replace("__BRA__", "[")
        .replace("__KET__", "]")
}

/// Ports in the model's header: lines as `VL_INW(&rx__024data,71,0,3);`.
pub(super) fn ports(header: &str) -> Vec<Place> {
    header
        .lines()
        .filter_map(|line| {
            let (kind, rest) = line.trim().split_once("(&")?;
            if !kind.starts_with("VL_IN") && !kind.starts_with("VL_OUT") {
                return None;
            }
            let mut fields = rest.split([',', ')']);
            let member = fields.next()?;
            let high: u32 = fields.next()?.parse().ok()?;
            let low: u32 = fields.next()?.parse().ok()?;
            Some(Place {
                name: plain(member),
                member: member.into(),
                bits: high - low + 1,
                depth: 0,
            })
        })
        .collect()
}

/// Memories in the root header: lines as `VlUnpacked<IData/*31:0*/, 256> t__DOT__mem;`, at most 64 bits a word.
pub(super) fn memories(header: &str) -> Vec<Place> {
    header
        .lines()
        .filter_map(|line| {
            let rest = line.trim().strip_prefix("VlUnpacked<")?;
            let (_, rest) = rest.split_once("/*")?;
            let (range, rest) = rest.split_once("*/, ")?;
            let (high, low) = range.split_once(':')?;
            let (depth, member) = rest.split_once("> ")?;
            let member = member.strip_suffix(';')?;
            let bits = high.parse::<u32>().ok()? - low.parse::<u32>().ok()? + 1;
            (bits <= 64).then_some(Place {
                name: plain(member),
                member: member.into(),
                bits,
                depth: depth.parse().ok()?,
            })
        })
        .collect()
}

/// The member in which the model keeps the clock's value of the last evaluation, if the clock's rising edge is all that
/// the model waits for: lines as `CData/*0:0*/ __Vtrigrprev__TOP__clock;`. Its name differs between versions.
pub(super) fn clock_before(header: &str) -> Option<String> {
    let mut members = header.lines().filter_map(|line| {
        let (_, member) = line.trim().strip_suffix(';')?.rsplit_once(' ')?;
        member.starts_with("__Vtrig").then_some(member)
    });
    let only = members.next().filter(|m| m.contains("__clock"))?;
    members.next().is_none().then(|| only.into())
}

/// A text that changes whenever the shim of some model does.
pub(super) fn version(trace: bool) -> String {
    let clock = Place {
        name: "clock".into(),
        member: "clock".into(),
        bits: 1,
        depth: 0,
    };
    text(&[clock], &[], Some("before"), trace)
}

/// The C++ text of the shim. A tick evaluates both edges of the clock; with `clock_before` the falling one, at which
/// nothing happens, is only noted. Every function takes the handle that `sf_new` returned.
pub(super) fn text(
    ports: &[Place],
    memories: &[Place],
    clock_before: Option<&str>,
    trace: bool,
) -> String {
    let mut s = format!("#include \"{PREFIX}.h\"\n#include \"{PREFIX}___024root.h\"\n");
    if trace {
        s += "#include \"verilated_fst_c.h\"\n";
    }
    s += "struct Sf { VerilatedContext context; bool begun = false; ";
    s += &format!("{PREFIX}* top = nullptr; ");
    if trace {
        s += "VerilatedFstC* fst = nullptr; ";
    }
    s += "};\n#define API extern \"C\" __attribute__((visibility(\"default\")))\n";
    let dump = if trace {
        "if (s->fst) s->fst->dump(s->context.time()); s->context.timeInc(1); "
    } else {
        ""
    };
    s += &format!(
        "API void* sf_new(int seed) {{ Sf* s = new Sf; s->context.randReset(2); s->context.randSeed(seed); {}\
         s->top = new {PREFIX}{{&s->context, \"top\"}}; return s; }}\n",
        if trace {
            "s->context.traceEverOn(true); "
        } else {
            ""
        }
    );
    s += "static inline Sf* self(void* h) { return static_cast<Sf*>(h); }\n";
    s += &format!("API void sf_eval(void* h) {{ Sf* s = self(h); s->top->eval(); {dump}}}\n");
    if ports.iter().any(|p| p.name == "clock" && p.bits == 1) {
        let fall = match clock_before.filter(|_| !trace) {
            // The first evaluation sets the model up and waits for no edge.
            Some(member) => format!(
                "if (!s->begun) {{ s->begun = true; s->top->clock = 0; s->top->eval(); }} \
                 s->top->rootp->{member} = 0; "
            ),
            None => format!("s->top->clock = 0; s->top->eval(); {dump}"),
        };
        s += &format!(
            "API void sf_tick(void* h, unsigned long long n) {{ Sf* s = self(h); while (n--) {{ \
             {fall}s->top->clock = 1; s->top->eval(); {dump}}} }}\n"
        );
    } else {
        s += "API void sf_tick(void* h, unsigned long long) { sf_eval(h); }\n";
    }
    s += "API void sf_free(void* h) { Sf* s = self(h); s->top->final(); delete s->top; delete s; }\n";
    if trace {
        s += "API int sf_trace(void* h, const char* path) { Sf* s = self(h); \
              if (s->fst) { s->fst->close(); delete s->fst; s->fst = nullptr; } if (!path) return 1; \
              s->fst = new VerilatedFstC; s->top->trace(s->fst, 99); s->fst->open(path); return s->fst->isOpen(); }\n";
    } else {
        s += "API int sf_trace(void*, const char*) { return -1; }\n";
    }
    s += "API void* sf_place(void* h, unsigned i) { Sf* s = self(h); switch (i) {\n";
    for (i, p) in ports.iter().enumerate() {
        s += &format!("case {i}: return (void*)&s->top->{};\n", p.member);
    }
    for (i, m) in memories.iter().enumerate() {
        s += &format!(
            "case {}: return (void*)&s->top->rootp->{}[0];\n",
            ports.len() + i,
            m.member
        );
    }
    s += "} return nullptr; }\n";
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_memories_are_read_from_generated_headers() {
        let p = ports("    VL_IN8(&clock,0,0);\n    VL_INW(&rx__024data,71,0,3);\n  x(&y,1,0);");
        assert_eq!(
            p.iter()
                .map(|p| (p.name.as_str(), p.bits))
                .collect::<Vec<_>>(),
            [("clock", 1), ("rx$data", 72)]
        );
        let m = memories("  VlUnpacked<IData/*31:0*/, 256> t__DOT__x__024y__DOT__mem;");
        assert_eq!(m[0].name, "t.x$y.mem");
        assert_eq!((m[0].bits, m[0].depth), (32, 256));
    }

    #[test]
    fn the_falling_edge_is_left_out_only_where_nothing_else_is_waited_for() {
        let one = "        CData/*0:0*/ __Vtrigrprev__TOP__clock;\n        CData/*0:0*/ x;";
        assert_eq!(
            clock_before(one).as_deref(),
            Some("__Vtrigrprev__TOP__clock")
        );
        let two = format!("{one}\n CData/*0:0*/ __Vtrigrprev__TOP__reset;");
        assert_eq!(clock_before(&two), None);
        assert_eq!(clock_before("CData/*0:0*/ x;"), None);
        let clock = [Place {
            name: "clock".into(),
            member: "clock".into(),
            bits: 1,
            depth: 0,
        }];
        let text = |trace| text(&clock, &[], clock_before(one).as_deref(), trace);
        assert!(text(false).contains("rootp->__Vtrigrprev__TOP__clock = 0;"));
        assert!(!text(true).contains("rootp->__Vtrigrprev"));
    }
}
