//! Compiles Verilog into a library, once per content.

use super::locate::{Verilator, repository};
use super::machine::Library;
use super::raw::Entry;
use super::shim::{self, PREFIX};
use crate::SimError;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// How much the C++ compiler works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Optimise {
    /// `-O1`: builds in seconds; for unit tests.
    #[default]
    Quick,
    /// `-O3 -march=native`: for long runs.
    Fast,
    /// `-O1`, and the evaluation in functions of some hundred statements: a netlist has as many statements as cells, and
    /// a compiler's time grows faster than a function.
    Split,
}

/// What to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BuildOptions {
    /// Compile waveform dumping in (costs 1.3x idle, 8x while dumping).
    pub trace: bool,
    /// Speed of the model against the time to build it.
    pub optimise: Optimise,
    /// Make every array of the design reachable by [`super::Machine::memory`], not only those that say
    /// `/* verilator public_flat_rw */` in the Verilog. Slower; for tests.
    pub public_memories: bool,
}

/// 128-bit FNV-1a: stable across Rust versions, which the standard hasher is not.
fn hash(parts: &[&[u8]]) -> u128 {
    let mut h: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        for byte in part.iter().copied().chain(part.len().to_le_bytes()) {
            h = (h ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
    h
}

fn io<T>(what: &'static str, path: &Path, r: std::io::Result<T>) -> Result<T, SimError> {
    r.map_err(|source| SimError::Io {
        what,
        path: path.into(),
        source,
    })
}

/// Where compiled models are kept: `$SYNFIRE_CACHE`, or `target/verilated`.
pub fn cache() -> PathBuf {
    env::var_os("SYNFIRE_CACHE")
        .map_or_else(|| repository().join("target/verilated"), PathBuf::from)
}

/// Runs a program; `Ok(Err(output))` where it fails.
fn run<S: AsRef<OsStr>>(program: &Path, args: &[S]) -> std::io::Result<Result<(), String>> {
    let out = Command::new(program).args(args).output()?;
    let text = || {
        let err = String::from_utf8_lossy(&out.stderr);
        let all = format!("{}{err}", String::from_utf8_lossy(&out.stdout));
        all.lines().take(60).collect::<Vec<_>>().join("\n")
    };
    Ok(if out.status.success() {
        Ok(())
    } else {
        Err(text())
    })
}

/// Compiles the module `top` of `verilog`, or opens the library that an earlier call with the same text, options and
/// Verilator made.
///
/// # Errors
/// No or too old a Verilator, no C++ compiler, Verilog that Verilator refuses (with its words), a cache directory that
/// cannot be written.
pub fn build(top: &str, verilog: &str, options: &BuildOptions) -> Result<Library, SimError> {
    let verilator = Verilator::locate()?;
    let cxx = env::var("CXX").unwrap_or_else(|_| "c++".into());
    let compiler = Compiler::new(&cxx, options)?;
    let shim_version = shim::version(options.trace);
    let key = hash(&[
        top.as_bytes(),
        verilog.as_bytes(),
        format!("{options:?} {}", verilator.version).as_bytes(),
        compiler.flags.join(" ").as_bytes(),
        cxx.as_bytes(),
        shim_version.as_bytes(),
    ]);
    let cache = cache();
    io("creating", &cache, fs::create_dir_all(&cache))?;
    let place = cache.join(format!("{top}-{key:032x}"));
    let library = place.join("model.so");
    if !library.is_file() {
        let _lock = lock(&cache.join(format!("{top}-{key:032x}.lock")))?;
        // Somebody else may have built it while this call waited for the lock.
        if !library.is_file() {
            let aside = cache.join(format!("{top}-{key:032x}.new"));
            if aside.exists() {
                io("removing", &aside, fs::remove_dir_all(&aside))?;
            }
            io("creating", &aside, fs::create_dir(&aside))?;
            let job = Job {
                top,
                verilator: &verilator,
                compiler: &compiler,
                cache: &cache,
                dir: &aside,
            };
            job.compile(verilog, options)?;
            if place.exists() {
                io("removing", &place, fs::remove_dir_all(&place))?;
            }
            io("renaming", &aside, fs::rename(&aside, &place))?;
        }
    }
    let (ports, memories) = headers(&place)?;
    let entry = Entry::open(&library).map_err(|why| SimError::Load { path: library, why })?;
    Ok(Library {
        top: top.into(),
        entry: Arc::new(entry),
        ports: Arc::new(ports),
        memories: Arc::new(memories),
    })
}

/// Exclusive until dropped; the system frees it when the process dies.
fn lock(path: &Path) -> Result<fs::File, SimError> {
    let file = io("creating", path, fs::File::create(path))?;
    io("locking", path, file.lock())?;
    Ok(file)
}

fn headers(dir: &Path) -> Result<(Vec<shim::Place>, Vec<shim::Place>), SimError> {
    let read = |name: String| {
        let path = dir.join(name);
        io("reading", &path, fs::read_to_string(&path))
    };
    let ports = shim::ports(&read(format!("{PREFIX}.h"))?);
    let memories = shim::memories(&read(format!("{PREFIX}___024root.h"))?);
    Ok((ports, memories))
}

/// The C++ compiler with the flags that every object of a model shares.
struct Compiler {
    program: PathBuf,
    flags: Vec<String>,
}

impl Compiler {
    fn new(cxx: &str, options: &BuildOptions) -> Result<Self, SimError> {
        let missing = |_| SimError::CompilerMissing(cxx.into());
        let version = Command::new(cxx)
            .arg("--version")
            .output()
            .map_err(missing)?;
        let trace = u8::from(options.trace);
        let mut flags: Vec<String> = [
            "-std=c++17",
            "-fPIC",
            "-pthread",
            "-w",
            "-fvisibility=hidden",
            "-DVL_TIME_CONTEXT",
            "-DVM_COVERAGE=0",
            "-DVM_SC=0",
            "-DVM_TIMING=0",
            "-DVM_TRACE_VCD=0",
            "-DVM_TRACE_SAIF=0",
        ]
        .map(String::from)
        .to_vec();
        flags.push(format!("-DVM_TRACE={trace}"));
        flags.push(format!("-DVM_TRACE_FST={trace}"));
        match options.optimise {
            Optimise::Quick | Optimise::Split => flags.push("-O1".into()),
            Optimise::Fast => flags.extend(["-O3".into(), "-march=native".into()]),
        }
        // Unique symbols would be shared between models in one process, although each has its own run time.
        if !String::from_utf8_lossy(&version.stdout).contains("clang") {
            flags.push("-fno-gnu-unique".into());
        }
        Ok(Self {
            program: cxx.into(),
            flags,
        })
    }

    fn run(&self, top: &str, args: &[String]) -> Result<(), SimError> {
        let all: Vec<&String> = self.flags.iter().chain(args).collect();
        let missing = |_| SimError::CompilerMissing(self.program.display().to_string());
        let done = run(&self.program, &all).map_err(missing)?;
        done.map_err(|log| SimError::Compile {
            top: top.into(),
            log,
        })
    }
}

struct Job<'a> {
    top: &'a str,
    verilator: &'a Verilator,
    compiler: &'a Compiler,
    cache: &'a Path,
    dir: &'a Path,
}

impl Job<'_> {
    fn compile(&self, verilog: &str, options: &BuildOptions) -> Result<(), SimError> {
        let source = self.dir.join(format!("{}.v", self.top));
        io("writing", &source, fs::write(&source, verilog))?;
        let mut args: Vec<String> =
            "--cc --no-timing -O3 --flatten --x-assign unique --x-initial unique -Wno-fatal \
             -Wno-lint -Werror-USERERROR --output-split 0"
                .split_whitespace()
                .map(String::from)
                .collect();
        args.extend(["--prefix".into(), PREFIX.into()]);
        args.extend(["--top-module".into(), self.top.into()]);
        args.extend(["--Mdir".into(), self.dir.display().to_string()]);
        if options.optimise == Optimise::Split {
            args.extend(["--output-split-cfuncs".into(), "500".into()]);
        }
        if options.trace {
            args.push("--trace-fst".into());
        }
        if options.public_memories {
            args.push("--public-flat-rw".into());
        }
        args.push(source.display().to_string());
        verilate(self.verilator, self.top, &source, &args)?;

        let (ports, memories) = headers(self.dir)?;
        let mut all = String::new();
        let listing = io("reading", self.dir, self.dir.read_dir())?;
        let mut sources: Vec<_> = listing.flatten().map(|e| e.file_name()).collect();
        sources.sort();
        for name in sources {
            let name = name.to_string_lossy();
            if name.ends_with(".cpp") {
                all += &format!("#include \"{name}\"\n");
            }
        }
        let header = self.dir.join(format!("{PREFIX}___024root.h"));
        let root = io("reading", &header, fs::read_to_string(&header))?;
        // The header does not tell which edge of the clock is waited for.
        let before = match verilog.contains("negedge") {
            true => None,
            false => shim::clocks_before(&root, &shim::domains(&ports)),
        };
        all += &shim::text(&ports, &memories, before.as_deref(), options.trace);
        let unit = self.dir.join("model.cc");
        io("writing", &unit, fs::write(&unit, all))?;

        let include = self.verilator.include.display().to_string();
        let mut args = vec![
            "-shared".to_string(),
            format!("-I{include}"),
            format!("-I{include}/vltstd"),
            "-o".into(),
            self.dir.join("model.so").display().to_string(),
            unit.display().to_string(),
        ];
        for object in self.run_time(options)? {
            args.push(object.display().to_string());
        }
        if options.trace {
            args.push("-lz".into());
        }
        if cfg!(target_os = "linux") {
            args.push("-Wl,-Bsymbolic".into());
        }
        self.compiler.run(self.top, &args)
    }

    /// Objects of Verilator's run time, compiled once per version and flags: they take longer than most models.
    fn run_time(&self, options: &BuildOptions) -> Result<Vec<PathBuf>, SimError> {
        let classes = self.dir.join(format!("{PREFIX}_classes.mk"));
        let text = io("reading", &classes, fs::read_to_string(&classes))?;
        let mut names: Vec<&str> = Vec::new();
        let mut global = false;
        for line in text.lines() {
            if line.contains("+=") {
                global = line.starts_with("VM_GLOBAL");
            } else if global {
                names.extend(
                    line.split(['\\', ' ', '\t'])
                        .filter(|w| w.starts_with("verilated")),
                );
            }
        }
        let include = self.verilator.include.display().to_string();
        let key = hash(&[
            self.verilator.version.as_bytes(),
            include.as_bytes(),
            format!("{options:?}").as_bytes(),
            self.compiler.flags.join(" ").as_bytes(),
        ]);
        let dir = self.cache.join(format!("run-time-{key:032x}"));
        io("creating", &dir, fs::create_dir_all(&dir))?;
        let _lock = lock(&dir.join("lock"))?;
        let mut objects = Vec::new();
        for name in names {
            let object = dir.join(format!("{name}.o"));
            if !object.is_file() {
                let aside = dir.join(format!("{name}.new"));
                let args = [
                    "-c".to_string(),
                    format!("-I{include}"),
                    format!("-I{include}/vltstd"),
                    "-o".into(),
                    aside.display().to_string(),
                    format!("{include}/{name}.cpp"),
                ];
                self.compiler.run(self.top, &args)?;
                io("renaming", &aside, fs::rename(&aside, &object))?;
            }
            objects.push(object);
        }
        Ok(objects)
    }
}

fn verilate(v: &Verilator, top: &str, file: &Path, args: &[String]) -> Result<(), SimError> {
    let done = run(&v.path, args).map_err(|_| SimError::VerilatorMissing)?;
    done.map_err(|log| SimError::Verilate {
        top: top.into(),
        file: file.into(),
        log,
    })
}

/// The lint gate for emitted Verilog: everything that `verilator --lint-only -Wall` says, without the width, file name
/// and unused-signal warnings that the generator's style of text cannot avoid.
///
/// # Errors
/// [`SimError::Verilate`] with the warnings; latches, combinational loops and delayed assignments in combinational
/// logic are among them.
pub fn lint(top: &str, verilog: &str) -> Result<(), SimError> {
    let verilator = Verilator::locate()?;
    let dir = cache().join("lint");
    io("creating", &dir, fs::create_dir_all(&dir))?;
    let key = hash(&[top.as_bytes(), verilog.as_bytes()]);
    let file = dir.join(format!("{top}-{key:032x}.v"));
    io("writing", &file, fs::write(&file, verilog))?;
    let args: Vec<String> =
        "--lint-only -Wall -Wno-WIDTH -Wno-DECLFILENAME -Wno-UNUSED --top-module"
            .split_whitespace()
            .map(String::from)
            .chain([top.into(), file.display().to_string()])
            .collect();
    verilate(&verilator, top, &file, &args)
}
