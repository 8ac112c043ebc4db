//! The command line of lookalike.

fn main() {}
