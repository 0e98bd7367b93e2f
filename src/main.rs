//! Run the verb, print the error, set the exit code.

fn main() {}
