//! How every published number of lookalike is made.

fn main() {}
