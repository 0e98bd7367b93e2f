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
/// megabytes otherwise, all of them read at each start. Only where the C library can unpack them.
pub fn pack_relocations() {
    let is_gnu = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|target| target == "gnu");
    let is_ours = env::var("HOST").is_ok_and(|host| env::var("TARGET") == Ok(host));
    if is_gnu && is_ours && c_library().is_some_and(|version| version >= (2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of the GNU C library on this machine.
fn c_library() -> Option<(u32, u32)> {
    let asked = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(asked.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

/// Whether a program is there at all.
pub fn answers(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|run| run.status.success())
}
