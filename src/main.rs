//! Run the verb, print the error, set the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    campfire::cli::run()
}
