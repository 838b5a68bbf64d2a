//! Lists the models and the C functions for the targets, from what the generator committed, so that a
//! new one is fuzzed without a word here.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let read = |path: &str| {
        println!("cargo::rerun-if-changed=../../{path}");
        fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let (mut models, mut lists) = (String::from("[\n"), String::from("[\n"));
    let sources = read("spec/sources.toml");
    for provider in sources.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')) {
        let types = read(&format!("crates/{provider}/src/generated/types.rs"));
        for (number, part) in types.split("::snapline_runtime::model! {").skip(1).enumerate() {
            let name = part.split_whitespace().next().expect("a model has a name");
            if number == 0 {
                writeln!(lists, "    try_list::<snapline_{provider}::models::{name}>,").expect("a String");
            }
            writeln!(
                models,
                "    try_model::<snapline_{provider}::models::{name}>,"
            )
            .expect("a String");
        }
    }
    models.push(']');
    lists.push(']');
    fs::write(format!("{out}/models.rs"), models).expect("OUT_DIR can be written to");
    fs::write(format!("{out}/lists.rs"), lists).expect("OUT_DIR can be written to");
    let functions = functions(&read("bindings/c/abi.txt"));
    fs::write(format!("{out}/functions.rs"), functions).expect("OUT_DIR can be written to");
}

/// A C function: what it gives and takes, as `abi.txt` says.
struct Function<'a> {
    name: &'a str,
    gives: &'a str,
    takes: Vec<&'a str>,
}

impl Function<'_> {
    /// Clients make connections, callbacks need a program around them, and what is freed is freed at
    /// the end; a file of certificates would be read from wherever the name leads.
    fn is_fuzzed(&self) -> bool {
        !self.name.ends_with("_free")
            && !self.name.ends_with("_client_new")
            && self.name != "snapline_settings_set_ca_file"
            && !self.takes.iter().any(|taken| {
                taken.contains("_client ") || taken.ends_with("_callback") || *taken == "void *"
            })
    }
}

fn functions(abi: &str) -> String {
    let all: Vec<Function<'_>> = abi
        .lines()
        .filter_map(|line| {
            let mut words = line.splitn(4, ' ');
            if words.next() != Some("function") {
                return None;
            }
            let name = words.nth(1)?;
            let (gives, takes) = words.next()?.rsplit_once(&format!("{name}("))?;
            let takes = takes.strip_suffix(')')?;
            Some(Function {
                name,
                gives: gives.trim(),
                takes: takes.split(", ").filter(|taken| *taken != "void").collect(),
            })
        })
        .collect();
    assert!(all.len() > 1000, "abi.txt has another form now");
    let mut extern_block = String::from("unsafe extern \"C\" {\n");
    let mut table =
        String::from("pub const FUNCTIONS: &[(&str, fn(&mut Pool, &mut Input<'_>))] = &[\n");
    let mut frees =
        String::from("pub const FREES: &[(&str, unsafe extern \"C\" fn(*mut c_void))] = &[\n");
    for function in &all {
        if let Some(thing) = function.name.strip_suffix("_free")
            && function.name != "snapline_string_free"
        {
            writeln!(
                extern_block,
                "    fn {}(given: *mut c_void);",
                function.name
            )
            .expect("a String");
            writeln!(frees, "    ({thing:?}, {}),", function.name).expect("a String");
        }
    }
    for function in all.iter().filter(|function| function.is_fuzzed()) {
        let (declared, called) = one(function);
        extern_block.push_str(&declared);
        writeln!(
            table,
            "    ({:?}, |pool, input| {{\n{called}    }}),",
            function.name
        )
        .expect("a String");
    }
    format!("{extern_block}}}\n\n{table}];\n\n{frees}];\n")
}

fn scalar(c: &str) -> Option<&'static str> {
    Some(match c {
        "size_t" => "usize",
        "bool" => "bool",
        "int32_t" => "i32",
        "int64_t" => "i64",
        "uint32_t" => "u32",
        "uint64_t" => "u64",
        "double" => "f64",
        _ => return None,
    })
}

/// The declaration of a function, and a call with what the input says.
fn one(function: &Function<'_>) -> (String, String) {
    let mut declared = format!("    fn {}(", function.name);
    let (mut before, mut arguments, mut after) = (String::new(), String::new(), String::new());
    for (index, taken) in function.takes.iter().enumerate() {
        let list = index
            .checked_sub(1)
            .and_then(|before| function.takes.get(before));
        let counts = *taken == "size_t"
            && list.is_some_and(|list| list.contains("*const *") || list.starts_with("const int"));
        let thing = taken
            .trim_start_matches("const ")
            .trim_end_matches([' ', '*']);
        let (kind, made) = match *taken {
            _ if counts => ("usize", format!("a{}.len()", index - 1)),
            "const char *" => ("*const c_char", "input.text(pool)".to_owned()),
            "const char *const *" => (
                "*const *const c_char",
                "input.list(|input| input.text(pool))".to_owned(),
            ),
            "const int32_t *" => ("*const i32", "input.list(Input::i32)".to_owned()),
            "const int64_t *" => ("*const i64", "input.list(Input::i64)".to_owned()),
            "int64_t *" => ("*mut i64", "0_i64".to_owned()),
            "size_t *" => ("*mut usize", "0_usize".to_owned()),
            "char **" => ("*mut *mut c_char", "ptr::null_mut::<c_char>()".to_owned()),
            _ if taken.ends_with("*const *") => (
                "*const *const c_void",
                format!(
                    "input.list(|input| pool.borrow({:?}, input))",
                    thing.trim_end_matches(" *const")
                ),
            ),
            _ if taken.ends_with("**") => {
                ("*mut *mut c_void", "ptr::null_mut::<c_void>()".to_owned())
            }
            _ if taken.starts_with("const ") && taken.ends_with('*') => {
                ("*const c_void", format!("pool.borrow({thing:?}, input)"))
            }
            _ if taken.ends_with('*') => ("*mut c_void", format!("pool.owned({thing:?}, input)")),
            plain => {
                // What is left is an enum.
                let kind = scalar(plain).unwrap_or("i32");
                (kind, format!("input.{kind}()"))
            }
        };
        let is_place = taken.ends_with("**") || matches!(*taken, "int64_t *" | "size_t *");
        let is_list = made.starts_with("input.list");
        if kind.starts_with("*const") && *taken == "const char *" {
            writeln!(before, "        let a{index} = {made};").expect("a String");
        } else {
            let mutable = if is_place { "mut " } else { "" };
            writeln!(before, "        let {mutable}a{index} = {made};").expect("a String");
        }
        write!(declared, "a{index}: {kind}, ").expect("a String");
        let given = match () {
            () if is_place => format!("&raw mut a{index}"),
            () if is_list => format!("a{index}.as_ptr()"),
            () => format!("a{index}"),
        };
        write!(arguments, "{given}, ").expect("a String");
        if *taken == "char **" {
            writeln!(after, "        pool.string(a{index});").expect("a String");
        } else if *taken == "snapline_error **" {
            writeln!(after, "        pool.failed(status, a{index});").expect("a String");
        } else if taken.ends_with("**") && taken.starts_with("const ") {
            writeln!(after, "        pool.lend({thing:?}, a{index});").expect("a String");
        } else if taken.ends_with("**") {
            writeln!(after, "        pool.give({thing:?}, a{index});").expect("a String");
        }
    }
    let thing = function
        .gives
        .trim_start_matches("const ")
        .trim_end_matches([' ', '*']);
    let (kind, used) = match function.gives {
        "void" => ("()", "let () = given;".to_owned()),
        "const char *" => ("*const c_char", "pool.read(given);".to_owned()),
        gives if gives.ends_with('*') && gives.starts_with("const ") => {
            ("*const c_void", format!("pool.lend({thing:?}, given);"))
        }
        gives if gives.ends_with('*') => ("*mut c_void", format!("pool.give({thing:?}, given);")),
        "snapline_status" => ("i32", "let status = given;".to_owned()),
        gives => (
            scalar(gives).unwrap_or("i32"),
            "std::hint::black_box(given);".to_owned(),
        ),
    };
    writeln!(declared, ") -> {kind};").expect("a String");
    let name = function.name;
    let status = if function.gives != "snapline_status" && after.contains("status") {
        "        let status = 1;\n"
    } else if function.gives == "snapline_status" && !after.contains("status") {
        "        let _ = status;\n"
    } else {
        ""
    };
    (
        declared,
        format!(
            "{before}        // SAFETY: every pointer is NULL or a live handle of its type, a text or a place.\n        \
             let given = unsafe {{ {name}({arguments}) }};\n        {used}\n{status}{after}"
        ),
    )
}
