//! Small disks and networks of one's own, for a program that is started inside: Linux gives them to
//! whoever may make a user namespace, and to root.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The words that start a program where it may mount what it likes and nobody else sees it.
///
/// Fails where that is not allowed: a test that tries nothing must not pass.
pub fn with_mounts() -> &'static [&'static str] {
    static WAY: OnceLock<&'static [&'static str]> = OnceLock::new();
    WAY.get_or_init(|| {
        one_that_works(
            &[&["unshare", "-Urm"], &["unshare", "-m"]],
            "mount -t tmpfs -o size=100k none /tmp",
        )
    })
}

/// The same with a network of one's own.
pub fn with_network() -> &'static [&'static str] {
    static WAY: OnceLock<&'static [&'static str]> = OnceLock::new();
    WAY.get_or_init(|| {
        one_that_works(&[&["unshare", "-Urnm"], &["unshare", "-nm"]], "ip link set lo up")
    })
}

/// The words that start a program to which files can be forbidden, as to anybody but root.
pub fn without_powers() -> &'static [&'static str] {
    static WAY: OnceLock<&'static [&'static str]> = OnceLock::new();
    WAY.get_or_init(|| {
        one_that_works(
            &[&["env"], &["unshare", "-U"], &["setpriv", "--bounding-set=-all"]],
            "f=$(mktemp) && chmod 0 $f && ! cat $f; done=$?; rm -f $f; exit $done",
        )
    })
}

/// A command that runs a script of `sh` in such a place; the arguments that follow are its `$0`, `$1`.
pub fn script_with_mounts(script: &str) -> Command {
    let way = with_mounts();
    let mut command = Command::new(way[0]);
    command.args(&way[1..]).args(["sh", "-c", script]);
    command
}

fn one_that_works(ways: &[&'static [&'static str]], tried: &str) -> &'static [&'static str] {
    let works = |way: &&&[&str]| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["sh", "-c", tried]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    ways.iter().find(works).unwrap_or_else(|| {
        panic!(
            "This test needs a place of its own and was given none: let processes make user \
             namespaces (sysctl kernel.unprivileged_userns_clone=1 and, on Ubuntu, \
             kernel.apparmor_restrict_unprivileged_userns=0), or run it as root with the \
             capability CAP_SYS_ADMIN. Tried in vain: {ways:?} with `{tried}`."
        )
    })
}
