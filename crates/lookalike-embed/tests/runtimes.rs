//! Models run by ONNX Runtime answer as by rten. The tests of `models.rs` run by whichever there is.
#![cfg(feature = "ort")]

use std::path::Path;

use lookalike_embed::{Level, Model, Pixels};

/// `ORT_DYLIB_PATH` names the library, as in PyPI's wheel of onnxruntime (capi/libonnxruntime.so.*).
#[test]
fn the_library_that_is_named_is_used() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models");
    let model = Model::open(&models.join("clip"), None).unwrap();
    if std::env::var_os("ORT_DYLIB_PATH").is_none_or(|path| path.is_empty()) {
        eprintln!("skipped: ORT_DYLIB_PATH names no ONNX Runtime");
        assert_eq!(model.runtime(), "rten");
        return;
    }
    assert_eq!(model.runtime(), "ONNX Runtime");
    // Many threads at once, with a session each, give one answer.
    let grey = vec![90; 30 * 20 * 3];
    let embed = || {
        let picture = Pixels::new(30, 20, &grey).unwrap();
        let vector = model.embedder(Level::new()).embed(picture).unwrap();
        let words = model.text_embedder().unwrap().embed_text("a car").unwrap();
        (vector, words)
    };
    let expected = embed();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(embed)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}
