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

/// The members in which the model keeps its clocks' values of the last evaluation, if rising edges of `clock` and of
/// the `domains`' clocks are all that the model waits for: lines as `CData/*0:0*/ __Vtrigrprev__TOP__clock;`. Their
/// names differ between versions.
pub(super) fn clocks_before(header: &str, domains: &[String]) -> Option<Vec<String>> {
    let is_clock = |m: &str| {
        m.contains("__TOP__clock")
            || domains
                .iter()
                .any(|d| m.contains(&format!("__TOP__{d}_clock")))
    };
    let members: Vec<&str> = header
        .lines()
        .filter_map(|line| {
            let (_, member) = line.trim().strip_suffix(';')?.rsplit_once(' ')?;
            member.starts_with("__Vtrig").then_some(member)
        })
        .collect();
    let all = !members.is_empty() && members.iter().all(|m| is_clock(m));
    all.then(|| members.into_iter().map(String::from).collect())
}

/// Clock domains that may stand still: `d` where `d_clock` and `d_awake` are ports.
pub(super) fn domains(ports: &[Place]) -> Vec<String> {
    let has = |name: String| ports.iter().any(|p| p.name == name && p.bits == 1);
    ports
        .iter()
        .filter_map(|p| p.name.strip_suffix("_clock"))
        .filter(|d| has(format!("{d}_awake")))
        .map(String::from)
        .collect()
}

/// A text that changes whenever the shim of some model does.
pub(super) fn version(trace: bool) -> String {
    let ports = ["clock", "a_clock", "a_awake"].map(|name| Place {
        name: name.into(),
        member: name.into(),
        bits: 1,
        depth: 0,
    });
    text(&ports, &[], Some(&["before".into()]), trace)
}

/// The C++ text of the shim. A tick evaluates both edges of the clock; with `clocks_before` the falling one, at which
/// nothing happens, is only noted. The clock of a domain that is not awake is left out of a tick, unless `sf_still`
/// forbade it or a waveform can be written; `changed` says that inputs are not as they were. Every function takes the handle that `sf_new` returned.
pub(super) fn text(
    ports: &[Place],
    memories: &[Place],
    clocks_before: Option<&[String]>,
    trace: bool,
) -> String {
    let mut s = format!("#include \"{PREFIX}.h\"\n#include \"{PREFIX}___024root.h\"\n");
    if trace {
        s += "#include \"verilated_fst_c.h\"\n";
    }
    s += "struct Sf { VerilatedContext context; bool begun = false; bool still = true; ";
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
        let domains = domains(ports);
        let low: String = domains
            .iter()
            .map(|d| format!("s->top->{d}_clock = 0; "))
            .collect();
        let low = format!("s->top->clock = 0; {low}");
        // What is awake may follow from inputs just set.
        let settle = if domains.is_empty() || trace {
            ""
        } else {
            "if (changed && s->begun) s->top->eval(); "
        };
        let fall = match clocks_before.filter(|_| !trace) {
            // The first evaluation sets the model up and waits for no edge.
            Some(members) => {
                let before: String = members
                    .iter()
                    .map(|m| format!("s->top->rootp->{m} = 0; "))
                    .collect();
                format!("if (!s->begun) {{ s->begun = true; {low}s->top->eval(); }} {before}")
            }
            None => format!("{low}s->top->eval(); {dump}"),
        };
        let rise: String = domains
            .iter()
            .map(|d| {
                if trace {
                    format!("s->top->{d}_clock = 1; ")
                } else {
                    format!("s->top->{d}_clock = !s->still | s->top->{d}_awake; ")
                }
            })
            .collect();
        s += &format!(
            "API void sf_tick(void* h, unsigned long long n, int changed) {{ Sf* s = self(h); {settle}while (n--) {{ \
             {fall}{rise}s->top->clock = 1; s->top->eval(); {dump}}} }}\n"
        );
    } else {
        s += "API void sf_tick(void* h, unsigned long long, int) { sf_eval(h); }\n";
    }
    s += "API void sf_still(void* h, int may) { self(h)->still = may; }\n";
    // A model's scopes leave the context of the thread, which is that of the model evaluated last and may be freed already.
    s += "API void sf_free(void* h) { Sf* s = self(h); Verilated::threadContextp(&s->context); \
          s->top->final(); delete s->top; delete s; }\n";
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
    fn a_domain_is_left_out_of_a_tick_when_it_is_not_awake() {
        let ports = ["clock", "core_clock", "core_awake", "other_clock"].map(|name| Place {
            name: name.into(),
            member: name.into(),
            bits: 1,
            depth: 0,
        });
        assert_eq!(domains(&ports), ["core"]);
        let header =
            "CData/*0:0*/ __Vtrigrprev__TOP__clock;\nCData/*0:0*/ __Vtrigrprev__TOP__core_clock;";
        let before = clocks_before(header, &domains(&ports));
        assert_eq!(before.as_ref().map(Vec::len), Some(2));
        let text = |trace| text(&ports, &[], before.as_deref(), trace);
        assert!(text(false).contains("core_clock = !s->still | s->top->core_awake;"));
        assert!(text(true).contains("core_clock = 1;"));
    }

    #[test]
    fn the_falling_edge_is_left_out_only_where_nothing_else_is_waited_for() {
        let one = "        CData/*0:0*/ __Vtrigrprev__TOP__clock;\n        CData/*0:0*/ x;";
        assert_eq!(
            clocks_before(one, &[]),
            Some(vec!["__Vtrigrprev__TOP__clock".into()])
        );
        let two = format!("{one}\n CData/*0:0*/ __Vtrigrprev__TOP__reset;");
        assert_eq!(clocks_before(&two, &[]), None);
        assert_eq!(clocks_before("CData/*0:0*/ x;", &[]), None);
        let clock = [Place {
            name: "clock".into(),
            member: "clock".into(),
            bits: 1,
            depth: 0,
        }];
        let text = |trace| text(&clock, &[], clocks_before(one, &[]).as_deref(), trace);
        assert!(text(false).contains("rootp->__Vtrigrprev__TOP__clock = 0;"));
        assert!(!text(true).contains("rootp->__Vtrigrprev"));
    }
}
