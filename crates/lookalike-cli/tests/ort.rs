//! A build with ONNX Runtime, which is there or not.
#![cfg(feature = "ort")]

mod common;

use common::{Folder, command, drawn, ran};
use std::path::Path;

#[test]
fn a_library_that_is_no_onnx_runtime_is_told_and_loses_nothing() {
    let folder = Folder::empty();
    folder.write("1.ppm", &drawn(1, 80, 60));
    folder.done(["index", "-q"]);
    let broken = folder.write("broken.so", b"no library");
    let vit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lookalike-embed/tests/models/vit");
    for library in [broken.as_path(), Path::new("/no/such/libonnxruntime.so")] {
        let run = |args: &[&str]| {
            let mut command = command(folder.path());
            command.env("ORT_DYLIB_PATH", library).args(args);
            ran(&command.output().unwrap())
        };
        let refused = run(&["index", "-q", "--model", vit.to_str().unwrap()]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        for word in [library.to_str().unwrap(), "ORT_DYLIB_PATH"] {
            assert!(refused.error().contains(word), "{refused:?}");
        }
        // The model that is compiled in needs no library.
        let found = run(&["search", "1.ppm", "--by", "similar"]);
        assert_eq!(found.stdout, "1.ppm\n", "{found:?}");
    }
}
