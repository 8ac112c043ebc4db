//! Vectors of other programs: real pickles of numpy 1 and 2, our own files read back and by
//! numpy, and bytes that mean no good.

use lookalike::NamedVector;
use lookalike::exchange::{
    ExchangeError, NpzWriter, PickleWriter, read_npz_vectors, read_pickle, write_npz_vectors,
};
use proptest::prelude::*;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pickle")
}

fn named(name: &str, vector: &[f32]) -> NamedVector {
    NamedVector {
        name: name.into(),
        vector: vector.into(),
    }
}

fn pickled(vectors: &[NamedVector]) -> Vec<u8> {
    let mut writer = PickleWriter::new(Vec::new()).unwrap();
    for v in vectors {
        let name = std::str::from_utf8(&v.name).unwrap();
        writer.entry(name, &v.vector).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn pickles_of_every_protocol_and_of_both_numpys_are_read() {
    let expected = [
        named("a.jpg", &[1.5, -2.0, 0.25]),
        named("b.jpg", &[3.0, 4.0, 5.0]),
        named("c.jpg", &[1.0, 2.5, 1.0]),
        named("d.jpg", &[7.0, 8.0, 9.0]),
        named("e.jpg", &[0.5, 0.25, 0.125]),
        named("\u{fc} \u{1f600}.jpg", &[1.0, 2.0, 3.0]),
    ];
    for numpy in 1..=2 {
        for protocol in 0..=5 {
            let path = fixtures().join(format!("numpy{numpy}-protocol{protocol}.pck"));
            let read = read_pickle(&std::fs::read(&path).unwrap());
            assert_eq!(read.unwrap(), expected, "{}", path.display());
        }
    }
}

#[test]
fn a_pickle_is_never_run() {
    let attack = b"cos\nsystem\n(S'echo gotcha'\ntR.";
    match read_pickle(attack) {
        Err(ExchangeError::ForeignObject { name }) => assert_eq!(name, "os.system"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_dictionary_of_vectors_is_refused_in_words() {
    let cases: [(&[u8], &str); 7] = [
        (b"", "too early"),
        (b"\x80\x03", "too early"),
        (b"\x80\x09.", "protocol 9"),
        (b"N.", "no dictionary"),
        (b"}X\x01\x00\x00\x00aX\x01\x00\x00\x00bs.", "it is text"),
        (b"}X\x01\x00\x00\x00a]NasX", "too early"),
        (b"\x89PNG\r\n", "is"),
    ];
    for (bytes, words) in cases {
        let error = read_pickle(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{bytes:?}: {error}");
    }
}

#[test]
fn vectors_of_different_lengths_are_refused() {
    let pickle = pickled(&[named("a", &[1.0, 2.0]), named("b", &[1.0])]);
    match read_pickle(&pickle) {
        Err(ExchangeError::Length {
            expected, received, ..
        }) => assert_eq!((expected, received), (2, 1)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dictionary_that_holds_itself_is_refused() {
    // d = {}; d['a'] = d
    let pickle = b"}q\x00X\x01\x00\x00\x00ah\x00s.";
    assert!(matches!(
        read_pickle(pickle),
        Err(ExchangeError::NotAVector { .. })
    ));
}

#[test]
fn nesting_without_end_costs_no_stack() {
    let mut pickle = b"}X\x01\x00\x00\x00a".to_vec();
    pickle.extend(std::iter::repeat_n(*b"(N", 100_000).flatten());
    pickle.extend(std::iter::repeat_n(b't', 100_000));
    pickle.extend(b"s.");
    assert!(read_pickle(&pickle).is_err());
}

#[test]
fn one_array_under_very_many_names_is_refused() {
    // A list of 100,000 numbers under 1,000 names; a few kilobytes would become 400 MB.
    let mut pickle = b"](".to_vec();
    pickle.extend(std::iter::repeat_n(0x88, 100_000));
    pickle.extend(b"eq\x000}(");
    for i in 0..1000 {
        pickle.extend(format!("V{i}\nh\0").bytes());
    }
    pickle.extend(b"u.");
    assert!(matches!(read_pickle(&pickle), Err(ExchangeError::TooLarge)));
}

#[test]
fn a_million_empty_objects_are_refused() {
    let mut pickle = vec![b'}'; 1_000_000];
    pickle.push(b'.');
    assert!(matches!(read_pickle(&pickle), Err(ExchangeError::TooLarge)));
}

/// A Python with numpy, where there is one.
fn python() -> Option<String> {
    let candidates = std::env::var("PYTHON").into_iter();
    let mut candidates = candidates.chain(["python3".to_owned(), "python".to_owned()]);
    candidates.find(|python| {
        Command::new(python)
            .args(["-c", "import numpy"])
            .output()
            .is_ok_and(|o| o.status.success())
    })
}

/// Runs a Python script on a file and gives what it prints; nothing without numpy.
fn ask_python(script: &str, file: &[u8]) -> Option<String> {
    let Some(python) = python() else {
        eprintln!("skipped: no python3 with numpy");
        return None;
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, file).unwrap();
    let out = Command::new(python)
        .args(["-W", "error", "-c", script])
        .arg(&path)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{stderr}");
    Some(String::from_utf8(out.stdout).unwrap().trim().to_owned())
}

#[test]
fn python_loads_our_pickle() {
    let vectors: Vec<NamedVector> = (0..2500)
        .map(|i| named(&format!("\u{fc}{i}.jpg"), &[i as f32, 0.1, -1e-30]))
        .collect();
    let script = "
import pickle, sys
d = pickle.load(open(sys.argv[1], 'rb'))
v = d['\u{fc}2499.jpg']
v[0] += 1
print(len(d), list(d)[1], v.dtype, v.shape, v.tolist(), d['\u{fc}3.jpg'][0])";
    let pickle = pickled(&vectors);
    assert_eq!(read_pickle(&pickle).unwrap(), vectors);
    if let Some(said) = ask_python(script, &pickle) {
        let expected = "2500 \u{fc}1.jpg float32 (3,) \
                        [2500.0, 0.10000000149011612, -1.0000000031710769e-30] 3.0";
        assert_eq!(said, expected);
    }
}

#[test]
fn numpy_loads_our_archive() {
    let mut npz = NpzWriter::new(Cursor::new(Vec::new()));
    npz.array("f", &[2, 3], &[1.0f32, 2.0, 3.0, 4.0, 5.0, 0.1])
        .unwrap();
    npz.array("i", &[2], &[-1i32, 1 << 30]).unwrap();
    npz.array("u", &[0, 61], &[] as &[u8]).unwrap();
    npz.text("t", &["a", "\u{fc}\u{1f600}b", ""]).unwrap();
    let file = npz.finish().unwrap().into_inner();
    let script = "
import numpy, sys
z = numpy.load(sys.argv[1])
print(*[(k, z[k].dtype.str, z[k].shape, z[k].tolist()) for k in z.files])";
    if let Some(said) = ask_python(script, &file) {
        let expected = "('f', '<f4', (2, 3), [[1.0, 2.0, 3.0], [4.0, 5.0, 0.10000000149011612]]) \
                        ('i', '<i4', (2,), [-1, 1073741824]) \
                        ('u', '|u1', (0, 61), []) \
                        ('t', '<U3', (3,), ['a', '\u{fc}\u{1f600}b', ''])";
        assert_eq!(said, expected);
    }
}

#[test]
fn an_archive_that_numpy_compressed_is_read() {
    let script = "
import numpy, sys
numpy.savez_compressed(sys.argv[1] + '.npz', paths=numpy.array(['x/A.jpg', 'b']),
                       vectors=numpy.array([[1, 2], [3, 4]], numpy.float32))
sys.stdout.write(open(sys.argv[1] + '.npz', 'rb').read().hex())";
    if let Some(hex) = ask_python(script, b"") {
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
            .collect();
        let read = read_npz_vectors(Cursor::new(bytes)).unwrap();
        let expected = [named("x/A.jpg", &[1.0, 2.0]), named("b", &[3.0, 4.0])];
        assert_eq!(read, expected);
    }
}

fn vectors() -> impl Strategy<Value = Vec<NamedVector>> {
    (0usize..9).prop_flat_map(|length| {
        let vector = prop::collection::vec(-1e9f32..1e9, length);
        prop::collection::btree_map("[^\0]{1,20}", vector, 0..20).prop_map(|map| {
            map.into_iter()
                .map(|(name, vector)| named(&name, &vector))
                .collect()
        })
    })
}

proptest! {
    #[test]
    fn a_pickle_comes_back(vectors in vectors()) {
        prop_assert_eq!(read_pickle(&pickled(&vectors)).unwrap(), vectors);
    }

    #[test]
    fn an_archive_comes_back(vectors in vectors()) {
        let file = write_npz_vectors(Cursor::new(Vec::new()), &vectors).unwrap();
        prop_assert_eq!(read_npz_vectors(file).unwrap(), vectors);
    }

    #[test]
    fn any_bytes_get_an_answer(bytes: Vec<u8>) {
        let _ = read_pickle(&bytes);
        let _ = read_npz_vectors(Cursor::new(bytes));
    }

    #[test]
    fn a_damaged_pickle_gets_an_answer(
        protocol in 0..=5,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let path = fixtures().join(format!("numpy2-protocol{protocol}.pck"));
        let mut bytes = std::fs::read(path).unwrap();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read_pickle(&bytes);
    }

    #[test]
    fn a_damaged_archive_gets_an_answer(
        vectors in vectors(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let file = write_npz_vectors(Cursor::new(Vec::new()), &vectors).unwrap();
        let mut bytes = file.into_inner();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read_npz_vectors(Cursor::new(bytes));
    }
}
