//! Who may import whom, where floats may stand, and where `unsafe` may: the rules that keep model and RTL independent.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each crate of the workspace and those it may import: format <- golden <- sim <- host; format <- hdl <- sim; the
/// conformance tests may use all, nothing uses them. `synfire-hdl` reaches the model in no way.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("synfire-format", &[]),
    ("synfire-golden", &["synfire-format"]),
    ("synfire-hdl", &["synfire-format"]),
    (
        "synfire-sim",
        &["synfire-format", "synfire-golden", "synfire-hdl"],
    ),
    (
        "synfire",
        &[
            "synfire-format",
            "synfire-golden",
            "synfire-hdl",
            "synfire-sim",
        ],
    ),
    (
        "conformance",
        &[
            "synfire-format",
            "synfire-golden",
            "synfire-hdl",
            "synfire-sim",
            "synfire",
        ],
    ),
];

/// The one file with `unsafe`.
const UNSAFE_FILE: &str = "sim/src/verilated/raw.rs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What `cargo metadata` says of the workspace.
fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON")
}

/// Imports that [`ALLOWED`] does not have: normal, development and build dependencies alike, by the package's own name.
fn forbidden_imports(metadata: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let names: Vec<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(n, _)| *n == name) else {
            found.push(format!("`{name}` is a crate without a rule: add it to ALLOWED in tests/tests/dependencies.rs"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let other = dependency["name"].as_str().unwrap_or_default();
            if names.contains(&other) && !allowed.contains(&other) {
                let kind = dependency["kind"].as_str().unwrap_or("normal");
                found.push(format!(
                    "`{name}` imports `{other}` ({kind}), it may import {allowed:?}: move what it needs down, or the code up"
                ));
            }
        }
    }
    found
}

#[test]
fn crates_import_only_what_the_rule_allows() {
    let metadata = metadata();
    assert_eq!(forbidden_imports(&metadata), Vec::<String>::new());
    let packages = metadata["packages"].as_array().map_or(0, Vec::len);
    assert_eq!(
        packages,
        ALLOWED.len(),
        "a crate of the rule is gone: take it out of ALLOWED"
    );
}

#[test]
fn a_forbidden_import_of_any_kind_is_caught() {
    let import = |who: &str, whom: &str, kind: Value| {
        let mut metadata = metadata();
        let packages = metadata["packages"].as_array_mut().expect("packages");
        let package = packages
            .iter_mut()
            .find(|p| p["name"] == who)
            .expect("the crate is there");
        let dependencies = package["dependencies"]
            .as_array_mut()
            .expect("dependencies");
        dependencies.push(json!({ "name": whom, "kind": kind, "rename": "harmless" }));
        forbidden_imports(&metadata)
    };
    assert_eq!(
        import("synfire-hdl", "synfire-golden", json!("dev")),
        [
            "`synfire-hdl` imports `synfire-golden` (dev), it may import [\"synfire-format\"]: move what it needs down, or the code up"
        ]
    );
    assert_eq!(
        import("synfire-hdl", "synfire-golden", Value::Null).len(),
        1
    );
    assert_eq!(
        import("synfire-golden", "synfire-sim", json!("build")).len(),
        1
    );
    assert_eq!(
        import("synfire-format", "synfire-golden", Value::Null).len(),
        1
    );
    assert_eq!(import("synfire", "conformance", json!("dev")).len(), 1);
    assert_eq!(import("synfire-sim", "synfire-hdl", json!("dev")).len(), 0);
    let stray = json!({ "packages": [{ "name": "stray", "dependencies": [] }] });
    assert!(forbidden_imports(&stray)[0].starts_with("`stray` is a crate without a rule"));
}

/// Words (names, keywords, numbers) of a Rust text and the lines they stand in, without comments, strings and
/// characters; braces and `;` are words of their own, and so is `#[cfg(test)]`.
fn words(text: &str) -> Vec<(usize, String)> {
    let b: Vec<char> = text.chars().collect();
    let at = |i: usize| b.get(i).copied().unwrap_or('\0');
    let starts = |i: usize, s: &str| s.chars().enumerate().all(|(k, c)| at(i + k) == c);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut found, mut i, mut line) = (Vec::new(), 0, 1);
    while i < b.len() {
        let from = i;
        if starts(i, "//") {
            while i < b.len() && at(i) != '\n' {
                i += 1;
            }
        } else if starts(i, "/*") {
            let mut depth = 0;
            loop {
                depth += i32::from(starts(i, "/*")) - i32::from(starts(i, "*/"));
                i += if starts(i, "/*") || starts(i, "*/") {
                    2
                } else {
                    1
                };
                if depth == 0 || i >= b.len() {
                    break;
                }
            }
        } else if starts(i, "#[cfg(test)]") {
            found.push((line, "#[cfg(test)]".into()));
            i += 12;
        } else if at(i) == '"' {
            i += 1;
            while i < b.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character; other quotes are lifetimes.
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < b.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
        } else if is_word(at(i)) {
            let number = at(i).is_ascii_digit() && (i == 0 || at(i - 1) != '.');
            while is_word(at(i)) || (number && at(i) == '.' && at(i + 1).is_ascii_digit()) {
                i += 1;
            }
            let word: String = b[from..i].iter().collect();
            let hashes = (0..).take_while(|&k| at(i + k) == '#').count();
            if ["r", "br"].contains(&word.as_str()) && at(i + hashes) == '"' {
                let end = format!("\"{}", "#".repeat(hashes));
                i += hashes + 1;
                while i < b.len() && !starts(i, &end) {
                    i += 1;
                }
                i += end.len();
            } else {
                found.push((line, word));
            }
        } else {
            if "{};".contains(at(i)) {
                found.push((line, at(i).into()));
            }
            i += 1;
        }
        line += b[from..i.min(b.len())]
            .iter()
            .filter(|&&c| c == '\n')
            .count();
    }
    found
}

/// The words without the items that only tests compile.
fn without_tests(words: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let (mut kept, mut i) = (Vec::new(), 0);
    while i < words.len() {
        if words[i].1 != "#[cfg(test)]" {
            kept.push(words[i].clone());
            i += 1;
            continue;
        }
        let mut depth = 0;
        loop {
            i += 1;
            match words.get(i).map(|w| w.1.as_str()) {
                Some("{") => depth += 1,
                Some("}") => depth -= 1,
                Some(";") | None => {}
                Some(_) => continue,
            }
            if depth == 0 || i >= words.len() {
                break;
            }
        }
        i += 1;
    }
    kept
}

/// A floating-point type, a number with that suffix, with a fraction, or a conversion named after the type.
fn is_float(word: &str) -> bool {
    let decimal = word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    decimal
        || ["f32", "f64"]
            .iter()
            .any(|f| word == *f || (word.ends_with(f) && !word.starts_with("0x")))
}

fn floats(text: &str) -> Vec<(usize, String)> {
    let mut found = without_tests(words(text));
    found.retain(|(_, word)| is_float(word));
    found
}

fn unsafes(text: &str) -> Vec<(usize, String)> {
    let mut found = words(text);
    found.retain(|(_, word)| word == "unsafe");
    found
}

/// Rust files below a directory of the workspace, by path from the root.
fn sources(directory: &str) -> Vec<(String, String)> {
    let (mut found, mut left) = (Vec::new(), vec![PathBuf::from(directory)]);
    while let Some(at) = left.pop() {
        let entries =
            std::fs::read_dir(root().join(&at)).expect("the directory of a crate is readable");
        for entry in entries.map(|e| e.expect("its entries are readable")) {
            let path = at.join(entry.file_name());
            let kind = entry.file_type().expect("an entry has a type");
            if kind.is_dir() && entry.file_name() != "target" {
                left.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|e| e == "rs") {
                let text =
                    std::fs::read_to_string(root().join(&path)).expect("a source file is text");
                found.push((path.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

/// `file:line: word` of everything that `find` finds in the files that `of` accepts.
fn places(
    directories: &[&str],
    of: impl Fn(&str) -> bool,
    find: impl Fn(&str) -> Vec<(usize, String)>,
) -> Vec<String> {
    let files = directories
        .iter()
        .flat_map(|d| sources(d))
        .filter(|(path, _)| of(path));
    files
        .flat_map(|(path, text)| {
            find(&text)
                .into_iter()
                .map(move |(line, word)| format!("{path}:{line}: {word}"))
        })
        .collect()
}

#[test]
fn the_model_computes_without_floats() {
    let code =
        |path: &str| path.starts_with("golden/src/") || path.starts_with("golden/format/src/");
    assert_eq!(places(&["golden"], code, floats), Vec::<String>::new());
    let tests = places(&["golden"], code, |text| {
        words(text)
            .into_iter()
            .filter(|(_, w)| is_float(w))
            .collect()
    });
    assert!(
        !tests.is_empty(),
        "tests measure errors in floats: the search must find those"
    );
}

#[test]
fn unsafe_stands_in_one_file_only() {
    let found = places(
        &["golden", "hdl", "sim", "host", "tests"],
        |path| path != UNSAFE_FILE,
        unsafes,
    );
    assert_eq!(found, Vec::<String>::new());
    assert!(!places(&["sim"], |path| path == UNSAFE_FILE, unsafes).is_empty());
}

#[test]
fn floats_and_unsafe_are_found_in_code_and_nowhere_else() {
    let hidden = r##"
        // f32, unsafe, 1.5
        /* f64 /* unsafe */ 1.5 */
        const A: &str = "f64 unsafe \" 1.5";
        const B: &str = r#"f64 " unsafe"#;
        const C: char = '"';
        fn life<'a>(x: &'a (u8, (u8, u8))) -> u8 { x.1.0 + 0x1f64 + unsafe_code }
        #[cfg(test)]
        mod tests { fn f() -> f64 { 1.5 } }
        #[cfg(test)]
        const D: f32 = 2.5;
    "##;
    assert_eq!(floats(hidden), []);
    assert_eq!(unsafes(hidden), []);
    let shown = "fn f(x: f32) {\n 1.5;\n x as f64;\n 2f32;\n d.as_secs_f64();\n unsafe { } }\n#[cfg(test)]\nmod t {}\nf32";
    let lines: Vec<usize> = floats(shown).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 9]);
    assert_eq!(unsafes(shown), [(6, "unsafe".to_owned())]);
}
