//! The tests of the C library and of the C++ headers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::archive::{self, Archives};
use crate::artefact;
use crate::c_header::CHeader;
use crate::c_library::{self, CLibrary, MOCK_HELPER, STRICT};
use crate::c_package;
use crate::conformance::build_runners;
use crate::demo;
use crate::fault::{Fault, Result};
use crate::mock::{CASES, LIMIT, MockServer, new_share, with_server};
use crate::null_matrix;
use crate::referee_tools::install_python;
use crate::rotation;
use crate::run::{cargo, limited, program, quiet, step, timed};

const NONE: [&str; 0] = [];

/// Stops at the first fault that the sanitizers find; those of the library's heap are seen too.
const SANITIZED: [&str; 4] = [
    "-g",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];

/// Ends with an error for a use of memory that is wrong, and for memory that is lost.
const VALGRIND: [&str; 7] = [
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect",
    "--errors-for-leak-kinds=definite,indirect",
    "--fair-sched=try",
    "--child-silent-after-fork=yes",
];

/// As little as some systems give a thread. A library that was not optimized needs more.
const SMALL_STACK: &str = "131072";

/// With the library that is shipped valgrind has nothing to say.
const SILENT: [&str; 4] = [
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--fair-sched=try",
];

/// Within this a call ends after Ctrl-C.
const INTERRUPTED: Duration = Duration::from_millis(500);

/// How a test program runs.
#[derive(Clone, Copy)]
enum Under {
    Nothing,
    Sanitizers,
    Valgrind,
}

impl Under {
    fn command(self, program_path: &Path) -> Command {
        match self {
            Self::Valgrind => {
                let mut command = program("valgrind", VALGRIND);
                command.arg(program_path).env("SNAPLINE_TEST_SLACK", "20");
                command
            }
            _ => program(program_path, NONE),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Sanitizers => " under AddressSanitizer and UndefinedBehaviorSanitizer",
            Self::Valgrind => " under valgrind",
        }
    }
}

/// A tool that is there on some machines only.
fn is_there(tool: &str) -> bool {
    program(tool, ["--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

pub(crate) fn mock() -> Result<MockServer> {
    MockServer::build()?;
    MockServer::start(&["--cases", CASES, "--snapshots", "1000"])
}

/// The programs of the tests of one language.
struct Programs {
    /// The tests by hand.
    tests: PathBuf,
    /// Every function with NULL in each place.
    null_matrix: Option<PathBuf>,
}

fn c_programs(library: &CLibrary, ending: &str, flags: &[&str]) -> Result<Programs> {
    let matrix = Path::new("target/c/null_matrix.c");
    std::fs::write(matrix, null_matrix::program_text(&CHeader::read()?))
        .map_err(|error| Fault::path(matrix, "written", &error))?;
    let name = |name: &str| format!("{name}{ending}");
    Ok(Programs {
        tests: library.compile(
            &name("tests"),
            &c_library::sources("bindings/c/tests")?,
            flags,
        )?,
        null_matrix: Some(library.compile(&name("null-matrix"), &[matrix.to_owned()], flags)?),
    })
}

fn cpp_programs(
    library: &CLibrary,
    ending: &str,
    standard: &str,
    flags: &[&str],
) -> Result<Programs> {
    let tests = c_library::sources_in("bindings/cpp/tests", "cpp")?;
    let compile = |name: &str, sources: &[PathBuf], flags: &[&str]| {
        library.compile_cpp(&format!("{name}-cpp{ending}"), standard, sources, flags)
    };
    Ok(Programs {
        tests: compile("tests", &tests, flags)?,
        null_matrix: None,
    })
}

/// Everything of C but what `sanitizers` does.
pub(crate) fn c(cases: Cases) -> Result<()> {
    let library = CLibrary::build()?;
    let programs = c_programs(&library, "", &[])?;
    by_hand("C", &programs, Under::Nothing)?;
    if cases == Cases::Here {
        through_agent("C", &library.agent("", &[])?, Under::Nothing)?;
    }
    let mock = mock()?;
    let story = demo::c_stories(&library)?;
    for environment in mock.environments() {
        let provider = environment.provider.as_str();
        if !demo::has_story(provider) {
            continue;
        }
        let mut command = program(&story, [provider]);
        environment.apply(&mut command);
        limited(
            &format!("run the C story of {provider}"),
            LIMIT,
            &mut command,
        )?;
    }
    let example = |name: &str| {
        let source = PathBuf::from(format!("bindings/c/examples/{name}.c"));
        library.compile(name, &[source], &[])
    };
    let share = new_share(&mock)?;
    limited(
        "run the C of README.md",
        LIMIT,
        with_server(&mut program(example("readme")?, [share.as_str()]), &mock),
    )?;
    examples("C", &mock, example)?;
    rotation::programs("C", example)?;
    packaging()
}

/// Everything of C++ but what `sanitizers` does.
pub(crate) fn cpp(cases: Cases) -> Result<()> {
    let library = CLibrary::build()?;
    let programs = cpp_programs(&library, "", "c++17", &[])?;
    by_hand("C++17", &programs, Under::Nothing)?;
    if cases == Cases::Here {
        let agent = library.agent_cpp("", "c++17", &[])?;
        through_agent("C++17", &agent, Under::Nothing)?;
    }
    let mock = mock()?;
    let example = |name: &str| {
        let source = PathBuf::from(format!("bindings/cpp/examples/{name}.cpp"));
        let name_of = format!("{name}-cpp");
        match name {
            // Arguments by their names came with C++20, and pages need no exceptions.
            "readme" => library.compile_cpp(&name_of, "c++20", &[source], &[]),
            "pages" => library.compile_cpp(&name_of, "c++17", &[source], &["-fno-exceptions"]),
            _ => library.compile_cpp(&name_of, "c++17", &[source], &[]),
        }
    };
    let share = new_share(&mock)?;
    limited(
        "run the C++ of README.md",
        LIMIT,
        with_server(&mut program(example("readme")?, [share.as_str()]), &mock),
    )?;
    examples("C++", &mock, example)?;
    rotation::programs("C++", example)
}

/// What tests in C and C++ start the mock by, which needs no library of ours.
pub(crate) fn mock_helper() -> Result<()> {
    MockServer::build()?;
    let mock = Path::new("target/debug/snapline-mock");
    use_mock_helper(Path::new(MOCK_HELPER), mock, Path::new("target"))
}

/// The same with the helper and the mock that lie there; programs are built in a folder.
pub(crate) fn use_mock_helper(helper: &Path, mock: &Path, folder: &Path) -> Result<()> {
    let cpp: Vec<&str> = STRICT.iter().copied().skip(1).chain(["-xc++"]).collect();
    for (language, variable, usual, flags) in [
        ("C99", "CC", "cc", [&["-std=c99"], &STRICT[1..]].concat()),
        (
            "C++11",
            "CXX",
            "c++",
            [&["-std=c++11"], cpp.as_slice()].concat(),
        ),
    ] {
        let built = folder.join(format!("mock-helper-{language}"));
        let mut command = c_library::compiler(variable, usual);
        command.args(flags).arg("-I").arg(helper);
        command
            .arg(Path::new(MOCK_HELPER).join("tests/main.c"))
            .arg(helper.join("snapline_mock.c"));
        let title = format!("compile the mock's helper as {language}");
        quiet(&title, command.arg("-o").arg(&built))?;
        for under in [Under::Nothing, Under::Valgrind] {
            if matches!(under, Under::Valgrind) && !is_there("valgrind") {
                continue;
            }
            limited(
                &format!("use the mock by it{}", under.title()),
                LIMIT,
                under
                    .command(&built)
                    .env("SNAPLINE_MOCK_PROGRAM", mock)
                    // One of its servers is not to start, and says why.
                    .stderr(Stdio::null()),
            )?;
        }
    }
    Ok(())
}

/// The suites of C and C++ under AddressSanitizer, UndefinedBehaviorSanitizer and valgrind.
pub(crate) fn sanitizers() -> Result<()> {
    let library = CLibrary::build()?;
    // Warnings are the plain build's: with sanitizers gcc sees faults in its own headers.
    let flags = [SANITIZED.as_slice(), &["-w"]].concat();
    let programs = c_programs(&library, "-sanitized", &flags)?;
    by_hand("C", &programs, Under::Sanitizers)?;
    let agent = library.agent("-sanitized", &flags)?;
    through_agent("C", &agent, Under::Sanitizers)?;
    rotation::programs("C", |name| {
        let source = PathBuf::from(format!("bindings/c/examples/{name}.c"));
        library.compile(&format!("{name}-sanitized"), &[source], &flags)
    })?;
    let programs = cpp_programs(&library, "-sanitized", "c++20", &flags)?;
    by_hand("C++20", &programs, Under::Sanitizers)?;
    let agent = library.agent_cpp("-sanitized", "c++20", &flags)?;
    through_agent("C++20", &agent, Under::Sanitizers)?;
    rotation::programs("C++", |name| {
        let source = PathBuf::from(format!("bindings/cpp/examples/{name}.cpp"));
        library.compile_cpp(&format!("{name}-cpp-sanitized"), "c++20", &[source], &flags)
    })?;
    if !is_there("valgrind") {
        return Err(Fault::new(
            "valgrind is not installed; install it with your package manager",
        ));
    }
    // The code of handles and texts by itself, where a fault is not hidden by what is around it.
    let runner = VALGRIND.map(|argument| format!(", \"{argument}\""));
    step(
        "run the Rust tests of the C library under valgrind",
        cargo(["test", "--quiet", "-p", "snapline-c", "--lib", "--config"]).arg(format!(
            "target.\"cfg(unix)\".runner = [\"valgrind\"{}]",
            runner.concat()
        )),
    )?;
    let programs = c_programs(&library, "", &[])?;
    by_hand("C", &programs, Under::Valgrind)?;
    through_agent("C", &library.agent("", &[])?, Under::Valgrind)?;
    let programs = cpp_programs(&library, "", "c++17", &[])?;
    by_hand("C++17", &programs, Under::Valgrind)?;
    let agent = library.agent_cpp("", "c++17", &[])?;
    through_agent("C++17", &agent, Under::Valgrind)
}

/// Where the cases and fault scenarios of a face are run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cases {
    /// With its other tests.
    Here,
    /// With those of all faces, by `conformance`.
    WithAll,
}

/// The tests by hand.
fn by_hand(language: &str, programs: &Programs, under: Under) -> Result<()> {
    let how = under.title();
    let mock = mock()?;
    let run = |what: &str, path: &Path| {
        limited(
            &format!("run {what} in {language}{how}"),
            LIMIT,
            under.command(path).arg(mock.url()),
        )
    };
    run("the tests by hand", &programs.tests)?;
    if let Some(matrix) = &programs.null_matrix {
        run("every function with NULL", matrix)?;
    }
    Ok(())
}

/// The cases against the mock and the fault scenarios, through the program that makes calls as it is told.
fn through_agent(language: &str, agent: &Path, under: Under) -> Result<()> {
    let how = under.title();
    // A mock of its own: it keeps what was done.
    let mock = mock()?;
    build_runners()?;
    let agent = under.command(agent);
    let run = |runner: &str, more: &[&str]| {
        let mut command = program(Path::new("target/debug").join(runner), more);
        command
            .arg("--face")
            .arg(language.to_lowercase())
            .arg("--")
            .arg(agent.get_program());
        command.args(agent.get_args());
        command.envs(
            agent
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        limited(
            &format!("run {runner} through the agent in {language}{how}"),
            LIMIT,
            &mut command,
        )
    };
    run("snapline-case-runner", &["--server", mock.url()])?;
    // Bounds of time mean little where each instruction takes twenty times as long.
    if matches!(under, Under::Valgrind) {
        return Ok(());
    }
    // Large bodies take longer, too.
    let jobs: &[&str] = if matches!(under, Under::Sanitizers) {
        &["--jobs", "2"]
    } else {
        &[]
    };
    run("snapline-fault-runner", jobs)
}

/// The examples that both languages have.
fn examples(
    language: &str,
    mock: &MockServer,
    compile: impl Fn(&str) -> Result<PathBuf>,
) -> Result<()> {
    let share = new_share(mock)?;
    let run = |name: &str, arguments: &[&str], expected: &str| -> Result<()> {
        let path = compile(name)?;
        timed(&format!("run the {language} example {name}"), || {
            let output = with_server(&mut program(&path, arguments), mock)
                .output()
                .map_err(|error| Fault::new(format!("{name} cannot be started: {error}")))?;
            let told = String::from_utf8_lossy(&output.stdout);
            if output.status.success() && told.contains(expected) {
                return Ok(());
            }
            Err(Fault::new(format!(
                "the {language} example {name} ended with {} and said `{}{}` where `{expected}` was expected",
                output.status,
                told,
                String::from_utf8_lossy(&output.stderr)
            )))
        })
    };
    run("snapshot", &[&share, "weekly"], "weekly: ")?;
    run("rotate", &[&share, "nightly", "2"], "kept 1\n")?;
    run("rotate", &[&share, "nightly", "2"], "kept 2\n")?;
    run("rotate", &[&share, "nightly", "2"], "deleted nightly-")?;
    run("retention", &[&share], ": within 1d12h of the newest\n")?;
    run("pages", &["200"], " snapshots, ")?;
    run("async", &["20"], "20 calls, ")?;
    let cancel = compile("cancel")?;
    timed(&format!("interrupt the {language} example cancel"), || {
        interrupted(with_server(&mut program(cancel, [share.as_str()]), mock))
    })
}

/// Runs a program that waits for ever, sends it SIGINT, and sees that it ends soon.
fn interrupted(command: &mut Command) -> Result<()> {
    let lost = |error: std::io::Error| Fault::new(format!("the example was lost: {error}"));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(lost)?;
    // It says that it waits before it does.
    std::thread::sleep(Duration::from_millis(700));
    let asked = Instant::now();
    program("kill", ["-INT", &child.id().to_string()])
        .status()
        .map_err(lost)?;
    loop {
        if let Some(status) = child.try_wait().map_err(lost)? {
            let took = asked.elapsed();
            return if status.code() == Some(130) && took < INTERRUPTED {
                Ok(())
            } else {
                Err(Fault::new(format!(
                    "after SIGINT the example ended with {status} in {} ms, not with 130 in {}",
                    took.as_millis(),
                    INTERRUPTED.as_millis()
                )))
            };
        }
        if asked.elapsed() > Duration::from_secs(10) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Fault::new("SIGINT did not end the example"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Programs outside the repository, built against an installed library in each way there is, and run.
fn packaging() -> Result<()> {
    let scratch = artefact::scratch()?;
    let installed = scratch.path().join("first");
    c_package::install(&installed, Path::new(c_package::LIB))?;
    // Moved after it was installed: nothing in it may know where it was.
    let prefix = scratch.path().join("prefix");
    std::fs::rename(&installed, &prefix)
        .map_err(|error| Fault::path(&installed, "moved", &error))?;
    let outside = outside(scratch.path())?;
    let mock = mock()?;
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    let plain = vec![
        format!("-I{}", include.display()),
        format!("-L{}", lib.display()),
        "-lsnapline".to_owned(),
    ];
    let mut fixed = plain.clone();
    fixed.pop();
    fixed.push(lib.join("libsnapline.a").display().to_string());
    fixed.extend(c_package::STATIC_LIBS.split(' ').map(str::to_owned));
    let mut ways = vec![("cc -lsnapline", plain), ("cc libsnapline.a", fixed)];
    // What is linked as most systems do is tried above.
    let linker = linker_of_rust();
    let linked_quickly = |flags: Vec<String>| [linker.clone(), flags].concat();
    if is_there("pkg-config") {
        ways.push(("pkg-config", pkg_config(&lib, &[])?));
        // Behind -Bstatic the static library is taken; what it needs comes from the system.
        let static_flags = pkg_config(&lib, &["--static"])?;
        let mut flags = Vec::new();
        for flag in static_flags.clone() {
            if flag == "-lsnapline" {
                flags.extend(["-Wl,-Bstatic", "-lsnapline", "-Wl,-Bdynamic"].map(str::to_owned));
            } else {
                flags.push(flag);
            }
        }
        ways.push(("pkg-config --static", linked_quickly(flags)));
        if has_static_libc() {
            let whole = std::iter::once("-static".to_owned()).chain(static_flags);
            let whole = linked_quickly(whole.collect());
            ways.push(("cc -static and pkg-config --static", whole));
        } else {
            println!("    libc.a is not installed: a program without shared libraries is left out");
        }
    } else {
        println!("    pkg-config is not installed: that part is left out");
    }
    for (way, flags) in &ways {
        for (variable, usual, source, standard) in [
            ("CC", "cc", "consumer.c", "-std=c11"),
            ("CXX", "c++", "consumer.cpp", "-std=c++17"),
        ] {
            // The headers of C++ take long to read, and add no symbol: one way tells for all.
            if variable == "CXX" && *way != "pkg-config" {
                continue;
            }
            let mut command = c_library::compiler(variable, usual);
            command
                .current_dir(&outside)
                .args([standard, source, "-o", "built"]);
            quiet(
                &format!("build {source} with {way}"),
                command.args(flags.iter()),
            )?;
            consume(&outside.join("built"), &lib, &mock)?;
        }
    }
    second_rust(&outside, &include, &lib, &linker, &mock)?;
    loaded(&outside, &include, &lib, &mock)?;
    unpacked(&prefix, scratch.path(), &outside, &mock)?;
    let Some(cmake) = cmake()? else {
        println!("    cmake is not there and cannot be got: that part is left out");
        return Ok(());
    };
    quiet(
        "configure with cmake",
        program(&cmake, ["-B", "build"])
            .current_dir(&outside)
            .args(linking(&linker))
            .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display())),
    )?;
    quiet(
        "build with cmake",
        program(&cmake, ["--build", "build"]).current_dir(&outside),
    )?;
    for target in ["c_snapline", "cpp_snapline", "c_static", "cpp_static"] {
        consume(&outside.join("build").join(target), &lib, &mock)?;
    }
    laid_out_otherwise(&cmake, &prefix, scratch.path(), &outside, &linker, &mock)
}

/// What has the compiler link by the linker that comes with Rust, where one does: the usual one takes six seconds for a
/// program with the unoptimised library, which has 180,000 sections.
fn linker_of_rust() -> Vec<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = program(rustc, ["--print", "target-libdir"]).output();
    let said = said.map(|output| output.stdout).unwrap_or_default();
    let folder = Path::new(String::from_utf8_lossy(&said).trim()).with_file_name("bin/gcc-ld");
    match folder.join("ld.lld").exists() {
        true => vec![format!("-B{}", folder.display()), "-fuse-ld=lld".to_owned()],
        false => Vec::new(),
    }
}

/// The same for cmake, which goes by LDFLAGS where nothing is said.
fn linking(linker: &[String]) -> Option<String> {
    let flags = || format!("-DCMAKE_EXE_LINKER_FLAGS={}", linker.join(" "));
    (!linker.is_empty()).then(flags)
}

/// The programs of `tests/packaging` in a folder outside the repository.
pub(crate) fn outside(scratch: &Path) -> Result<PathBuf> {
    let outside = scratch.join("consumer");
    std::fs::create_dir_all(&outside).map_err(|error| Fault::path(&outside, "made", &error))?;
    let from = Path::new("tests/packaging");
    let programs = std::fs::read_dir(from).map_err(|error| Fault::path(from, "read", &error))?;
    for program in programs.filter_map(std::result::Result::ok) {
        std::fs::copy(program.path(), outside.join(program.file_name()))
            .map_err(|error| Fault::path(&program.path(), "copied", &error))?;
    }
    Ok(outside)
}

/// What holds only of the library that is shipped, and what is to hold of it above all.
pub(crate) fn shipped(prefix: &Path, libdir: &Path) -> Result<()> {
    let scratch = artefact::scratch()?;
    let (include, lib) = (prefix.join("include"), prefix.join(libdir));
    let outside = outside(scratch.path())?;
    let mock = mock()?;
    second_rust(&outside, &include, &lib, &[], &mock)?;
    loaded(&outside, &include, &lib, &mock)?;
    if is_there("valgrind") {
        quiet(
            "build consumer.c",
            c_library::compiler("CC", "cc")
                .current_dir(&outside)
                .args(["-std=c11", "consumer.c", "-o", "built", "-lsnapline"])
                .arg(format!("-I{}", include.display()))
                .arg(format!("-L{}", lib.display())),
        )?;
        let mut command = program("valgrind", SILENT);
        command
            .arg(format!(
                "--suppressions={}",
                prefix.join(c_package::VALGRIND_SUPPRESSIONS).display()
            ))
            .arg(outside.join("built"))
            .env("LD_LIBRARY_PATH", &lib);
        timed("run consumer.c under valgrind", || {
            lists_shares(with_server(&mut command, &mock))
        })?;
    } else {
        println!("    valgrind is not installed: that part is left out");
    }
    let library = CLibrary::installed(prefix, libdir, &scratch.path().join("library"))?;
    let agent = library.agent("", &[])?;
    build_runners()?;
    for rule in ["B05", "B08", "B10"] {
        let mut command = program(
            "target/debug/snapline-fault-runner",
            ["--face", "c", "--only", rule, "--"],
        );
        command.arg(&agent).env("SNAPLINE_TEST_STACK", SMALL_STACK);
        limited(
            &format!("run the scenarios of {rule} on a stack of {SMALL_STACK} bytes"),
            LIMIT,
            &mut command,
        )?;
    }
    Ok(())
}

fn has_static_libc() -> bool {
    // The compiler gives the name back where it finds no such file.
    c_library::compiler("CC", "cc")
        .arg("-print-file-name=libc.a")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains('/'))
}

/// Another static library made by Rust, in one program with ours.
fn second_rust(
    outside: &Path,
    include: &Path,
    lib: &Path,
    linker: &[String],
    mock: &MockServer,
) -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    quiet(
        "build a second static library made by Rust",
        program(rustc, ["-O", "--edition", "2024", "second.rs"])
            .args(["-o", "libsecond.a"])
            .current_dir(outside),
    )?;
    let mut command = c_library::compiler("CC", "cc");
    command
        .current_dir(outside)
        .args(["-std=c11", "consumer.c", "second.c", "-o", "built"])
        .args(linker)
        .arg(format!("-I{}", include.display()))
        .arg(lib.join("libsnapline.a"))
        .arg("libsecond.a")
        .args(c_package::STATIC_LIBS.split(' '));
    quiet(
        "build consumer.c with two libraries made by Rust",
        &mut command,
    )?;
    consume(&outside.join("built"), lib, mock)
}

/// The library is loaded while a program runs, and let go of too early.
fn loaded(outside: &Path, include: &Path, lib: &Path, mock: &MockServer) -> Result<()> {
    let mut command = c_library::compiler("CC", "cc");
    command
        .current_dir(outside)
        .args([
            "-std=gnu11",
            "loaded.c",
            "-o",
            "loaded",
            "-lpthread",
            "-ldl",
        ])
        .arg(format!("-I{}", include.display()));
    quiet("build loaded.c", &mut command)?;
    let mut command = program(outside.join("loaded"), [lib.join("libsnapline.so")]);
    lists_shares(with_server(&mut command, mock))
}

/// Systems lay libraries out in their own ways: cmake and pkg-config find what is there in each.
fn laid_out_otherwise(
    cmake: &Path,
    prefix: &Path,
    scratch: &Path,
    outside: &Path,
    linker: &[String],
    mock: &MockServer,
) -> Result<()> {
    // A folder above is a link, as /lib is on many systems.
    let linked = scratch.join("linked");
    std::fs::create_dir_all(&linked).map_err(|error| Fault::path(&linked, "made", &error))?;
    for (name, to) in [("usr", prefix), ("lib", Path::new("usr/lib"))] {
        std::os::unix::fs::symlink(to, linked.join(name))
            .map_err(|error| Fault::path(&linked.join(name), "made", &error))?;
    }
    found(cmake, &linked.join("lib"), outside, linker, mock)?;
    let mut before = prefix.join("lib");
    for libdir in ["lib64", "lib/x86_64-linux-gnu"] {
        let lib = prefix.join(libdir);
        let above = lib.parent().unwrap_or(prefix);
        std::fs::create_dir_all(above).map_err(|error| Fault::path(above, "made", &error))?;
        std::fs::rename(&before, &lib).map_err(|error| Fault::path(&before, "moved", &error))?;
        c_package::describe(prefix, Path::new(libdir))?;
        found(cmake, &lib, outside, linker, mock)?;
        before = lib;
    }
    Ok(())
}

/// Builds a program against the library in this folder, which its files for cmake and pkg-config describe.
fn found(
    cmake: &Path,
    lib: &Path,
    outside: &Path,
    linker: &[String],
    mock: &MockServer,
) -> Result<()> {
    // Anew: cmake keeps what it found before.
    let build = outside.join("build");
    let _ = std::fs::remove_dir_all(&build);
    let shown = lib.display();
    quiet(
        &format!("configure with cmake for {shown}"),
        program(cmake, ["-B", "build"])
            .current_dir(outside)
            .args(linking(linker))
            .arg(format!("-Dsnapline_DIR={shown}/cmake/snapline")),
    )?;
    let targets = ["c_snapline", "c_static"];
    quiet(
        "build with cmake",
        program(cmake, ["--build", "build", "--target"])
            .args(targets)
            .current_dir(outside),
    )?;
    for target in targets {
        consume(&build.join(target), lib, mock)?;
    }
    if is_there("pkg-config") {
        let mut command = c_library::compiler("CC", "cc");
        command
            .current_dir(outside)
            .args(["-std=c11", "consumer.c", "-o", "built"])
            .args(pkg_config(lib, &[])?);
        quiet(&format!("build with pkg-config for {shown}"), &mut command)?;
        consume(&outside.join("built"), lib, mock)?;
    }
    Ok(())
}

/// The archives hold what was installed: a program is built against each.
fn unpacked(prefix: &Path, scratch: &Path, outside: &Path, mock: &MockServer) -> Result<()> {
    let packed = scratch.join("packed");
    std::fs::create_dir_all(&packed).map_err(|error| Fault::path(&packed, "made", &error))?;
    let archives = c_package::archives(prefix, Path::new(c_package::LIB), &packed)?;
    for (name, below) in [
        (".tar.gz", archives.unpacked(&scratch.join("from-archive"))?),
        (".deb", archives.installed(&scratch.join("from-deb"))?),
    ] {
        let lib = below.join("lib");
        let mut command = c_library::compiler("CC", "cc");
        command
            .current_dir(outside)
            .args(["-std=c11", "consumer.c", "-o", "built"]);
        command.arg(format!("-I{}", below.join("include").display()));
        command
            .arg(format!("-L{}", lib.display()))
            .arg("-lsnapline");
        quiet(&format!("build consumer.c with {name}"), &mut command)?;
        consume(&outside.join("built"), &lib, mock)?;
    }
    Ok(())
}

/// What was packed of the library that is shipped, each installed where nothing else is: cmake and pkg-config find it, and
/// programs run with nothing but the package that has the shared library.
pub(crate) fn packed(archives: &Archives, libdir: &Path) -> Result<()> {
    let scratch = artefact::scratch()?;
    let outside = outside(scratch.path())?;
    let mock = mock()?;
    let cmake = cmake()?.ok_or_else(|| Fault::new("there is no cmake, and none can be had"))?;
    let unpacked = archives.unpacked(&scratch.path().join("from-archive"))?;
    found(&cmake, &unpacked.join(libdir), &outside, &[], &mock)?;
    let root = scratch.path().join("from-deb");
    let usr = archives.installed(&root)?;
    found(&cmake, &usr.join(libdir), &outside, &[], &mock)?;
    // The program must not find the library where it was linked.
    std::fs::remove_dir_all(&root).map_err(|error| Fault::path(&root, "removed", &error))?;
    let first: Vec<PathBuf> = archives.debs.iter().take(1).cloned().collect();
    let usr = archive::installed(&first, &scratch.path().join("from-runtime"))?;
    if usr.join("include").exists() {
        return Err(Fault::new("the package of the shared library has headers"));
    }
    consume(&outside.join("build/c_snapline"), &usr.join(libdir), &mock)
}

/// Runs a program that lists shares.
pub(crate) fn consume(program_path: &Path, lib: &Path, mock: &MockServer) -> Result<()> {
    let mut command = program(program_path, NONE);
    lists_shares(with_server(&mut command, mock).env("LD_LIBRARY_PATH", lib))
}

fn lists_shares(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| Fault::path(Path::new(&name), "started", &error))?;
    if output.status.success() && String::from_utf8_lossy(&output.stdout).ends_with(" shares\n") {
        return Ok(());
    }
    Err(Fault::new(format!(
        "{name} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    )))
}

fn pkg_config(lib: &Path, more: &[&str]) -> Result<Vec<String>> {
    let output = program("pkg-config", ["--cflags", "--libs"])
        .args(more)
        .arg("snapline")
        .env("PKG_CONFIG_PATH", lib.join("pkgconfig"))
        .output()
        .map_err(|error| Fault::new(format!("pkg-config cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(Fault::new(format!(
            "pkg-config does not find snapline: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .map(str::to_owned)
        .collect())
}

/// The machine's cmake, or one in an environment of its own.
pub(crate) fn cmake() -> Result<Option<PathBuf>> {
    if is_there("cmake") {
        return Ok(Some("cmake".into()));
    }
    Ok(install_python("cmake", "requirements-cmake.txt", "cmake").ok())
}
