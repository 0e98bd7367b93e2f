//! Part of the build script: the programs that have to be on the machine that builds.

use std::env;
use std::process::Command;

type Outcome<T> = Result<T, String>;

/// SQLite is compiled from C. Where rustc links with the C compiler itself (everywhere but
/// Windows) its absence shows even earlier, so this speaks for the remaining setups.
pub fn require_c_compiler() -> Outcome<()> {
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|target| target == "msvc") {
        return Ok(());
    }
    let named = env::var("CC").ok().filter(|cc| !cc.trim().is_empty());
    let found = match &named {
        Some(cc) => {
            cc.split_whitespace().next().is_some_and(|program| answers(program, "--version"))
        }
        None => ["cc", "gcc", "clang"].iter().any(|program| answers(program, "--version")),
    };
    if found {
        return Ok(());
    }
    Err("A C compiler is needed to build Campfire (SQLite is written in C): install gcc or clang, \
         or name one in CC"
        .to_owned())
}

/// Has the linker pack the addresses that are filled in when the program starts: they are two
/// megabytes otherwise, all of them read at each start. A C library of 2022 or later unpacks them.
pub fn pack_relocations() {
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|target| target == "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether a program is there at all.
pub fn answers(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|run| run.status.success())
}
