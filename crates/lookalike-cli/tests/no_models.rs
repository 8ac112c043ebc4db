//! A build without models of one's own: `cargo test -p lookalike-cli --no-default-features`.
#![cfg(not(feature = "models"))]

mod common;

use common::{Folder, drawn};

#[test]
fn a_model_is_refused_clearly_and_the_embedded_one_works() {
    let folder = Folder::empty();
    folder.write("1.ppm", &drawn(1, 80, 60));
    let refused = folder.run(["index", "--model", "clip"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused
            .error()
            .contains("built without the feature `models`"),
        "{refused:?}"
    );
    assert!(!folder.path().join(".lookalike").exists());
    let found = folder.done(["search", "1.ppm", "--by", "similar"]);
    assert_eq!(found.stdout, "1.ppm\n");
    folder.done(["index", "--model", "default"]);
}
