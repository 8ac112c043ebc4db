//! `lookalike features` and `lookalike vector`, end to end.

mod common;

use common::{Folder, command, ran, run_python, sample};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

fn features(args: &[&str]) -> Value {
    let folder = Folder::empty();
    let picture = sample("library/cat.jpg");
    let mut all = vec!["features", picture.to_str().unwrap(), "--json"];
    all.extend(args);
    let lines = folder.done(all).json();
    assert_eq!(lines.len(), 1);
    lines.into_iter().next().unwrap()
}

fn len(value: &Value) -> usize {
    value.as_array().unwrap().len()
}

#[test]
fn json_is_as_promised() {
    let kaze = features(&["--max", "25"]);
    let keys: Vec<&String> = kaze.as_object().unwrap().keys().collect();
    let mut promised = [
        "schema",
        "algorithm",
        "width",
        "height",
        "keypoints",
        "descriptor",
        "descriptors",
    ];
    promised.sort_unstable();
    assert_eq!(keys, promised);
    assert_eq!(kaze["schema"], 1);
    assert_eq!(kaze["algorithm"], "kaze");
    assert_eq!(kaze["descriptor"]["type"], "f32");
    assert_eq!(kaze["descriptor"]["length"], 64);
    assert_eq!(
        (len(&kaze["keypoints"]), len(&kaze["descriptors"])),
        (25, 25)
    );
    assert_eq!(
        (len(&kaze["keypoints"][0]), len(&kaze["descriptors"][0])),
        (7, 64)
    );
    assert!(kaze["keypoints"][0][5].is_i64() && kaze["keypoints"][0][6].is_i64());
}

#[test]
fn the_strongest_are_a_part_of_all_in_the_same_order() {
    let all = features(&[]);
    let strongest = features(&["--max", "10"]);
    let all = all["keypoints"].as_array().unwrap();
    let strongest = strongest["keypoints"].as_array().unwrap();
    let response = |k: &Value| k[4].as_f64().unwrap();
    let weakest = strongest.iter().map(response).fold(f64::MAX, f64::min);
    let stronger: Vec<&Value> = all.iter().filter(|k| response(k) >= weakest).collect();
    assert_eq!(strongest.iter().collect::<Vec<_>>(), stronger);
}

#[test]
fn the_two_ways_of_calling_kaze_differ_and_parameters_count() {
    let one_pass = features(&["--max", "10"]);
    let two_steps = features(&["--max", "10", "--mode", "detect-then-compute"]);
    assert_eq!(one_pass["keypoints"][0][0], two_steps["keypoints"][0][0]);
    assert_ne!(one_pass["descriptors"], two_steps["descriptors"]);
    let extended = features(&["--extended", "--upright", "--threshold", "0.01"]);
    assert_eq!(extended["descriptor"]["length"], 128);
    assert!(len(&extended["keypoints"]) < len(&features(&[])["keypoints"]));
    let rgb = features(&["--max", "10", "--channel-order", "rgb"]);
    assert_ne!(one_pass["keypoints"], rgb["keypoints"]);
}

#[test]
fn a_parameter_of_another_algorithm_is_an_error_that_says_so() {
    let folder = Folder::with(&["cat.jpg"]);
    let ran = folder.run(["features", "cat.jpg", "--algorithm", "kaze", "--wta-k", "3"]);
    assert_eq!(ran.code, Some(2));
    let said = ran.error();
    assert!(said.contains("--wta-k does not belong to kaze"), "{said}");
    assert!(said.contains("--n-octave-layers"), "{said}");
    for (value, words) in [("many", "a whole number"), ("0", "1 to 10")] {
        let ran = folder.run(["features", "cat.jpg", "--n-octaves", value]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.error().contains(words), "{ran:?}");
    }
}

#[test]
fn a_picture_comes_from_stdin() {
    let folder = Folder::with(&["cat.jpg"]);
    let by_name = folder.done(["vector", "cat.jpg", "--json"]);
    let mut child = command(folder.path())
        .args(["vector", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = std::fs::read(sample("library/cat.jpg")).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let by_bytes = ran(&child.wait_with_output().unwrap());
    assert_eq!(by_name.stdout, by_bytes.stdout);
}

#[test]
fn the_vector_is_the_strongest_descriptors_in_a_row() {
    let folder = Folder::with(&["cat.jpg"]);
    let vector = folder
        .done(["vector", "cat.jpg", "--json"])
        .json()
        .remove(0);
    assert_eq!(
        (&vector["schema"], &vector["algorithm"]),
        (&1.into(), &"kaze".into())
    );
    let vector = vector["vector"].as_array().unwrap();
    assert_eq!(vector.len(), 2048);

    let mode = [
        "--mode",
        "detect-then-compute",
        "--channel-order",
        "rgb",
        "--max",
        "32",
    ];
    let features = features(&mode);
    let response = |i: usize| features["keypoints"][i][4].as_f64().unwrap();
    let mut order: Vec<usize> = (0..32).collect();
    order.sort_by(|&a, &b| response(b).total_cmp(&response(a)));
    let rows = order
        .iter()
        .map(|&i| features["descriptors"][i].as_array().unwrap());
    let flat: Vec<&Value> = rows.flatten().collect();
    assert_eq!(vector.iter().collect::<Vec<_>>(), flat);

    let short = folder.done(["vector", "cat.jpg", "--size", "2"]);
    assert_eq!(short.stdout.lines().count(), 128);
}

#[test]
fn a_picture_with_few_keypoints_is_filled_with_zeros() {
    let folder = Folder::empty();
    folder.write(
        "flat.ppm",
        &[b"P6\n40 30\n255\n".as_slice(), &[77; 3600]].concat(),
    );
    let flat = folder
        .done(["features", "flat.ppm", "--json"])
        .json()
        .remove(0);
    assert_eq!((len(&flat["keypoints"]), len(&flat["descriptors"])), (0, 0));
    let vector = folder
        .done(["vector", "flat.ppm", "--json"])
        .json()
        .remove(0);
    let zeros = vector["vector"].as_array().unwrap();
    assert!(zeros.len() == 2048 && zeros.iter().all(|n| n == 0.0));
}

#[test]
fn numpy_reads_what_json_says() {
    let Some(python) = common::python() else {
        return;
    };
    let folder = Folder::with(&["cat.jpg"]);
    folder.done(["features", "cat.jpg", "--max", "50", "--output", "f.npz"]);
    let json = folder.done(["features", "cat.jpg", "--max", "50", "--json"]);
    let json = folder.write("f.json", json.stdout.as_bytes());
    let script = "
import json, numpy, sys
z = numpy.load(sys.argv[1])
j = json.load(open(sys.argv[2]))
k = [row[:5] for row in j['keypoints']]
assert (z['keypoints'] == numpy.array(k, numpy.float32)).all()
assert (z['octaves'] == numpy.array([row[5:] for row in j['keypoints']], numpy.int32)).all()
assert (z['descriptors'] == numpy.array(j['descriptors'], numpy.float32)).all()
print(*[(k, z[k].dtype.str, z[k].shape) for k in z.files])";
    let said = run_python(&python, script, &[&folder.path().join("f.npz"), &json]);
    let shapes = "('keypoints', '<f4', (50, 5)) ('octaves', '<i4', (50, 2)) \
                  ('descriptors', '<f4', (50, 64))";
    assert_eq!(said, shapes);
}

#[test]
fn what_is_no_picture_is_said_in_one_line() {
    let folder = Folder::empty();
    folder.write("notes.jpg", b"dear diary");
    folder.write("empty.jpg", b"");
    let huge = [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(),
        &[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60],
    ];
    folder.write(
        "huge.png",
        &[huge.concat().as_slice(), &[8, 2, 0, 0, 0, 1, 2, 3, 4]].concat(),
    );
    std::fs::create_dir(folder.path().join("dir.jpg")).unwrap();
    for name in ["notes.jpg", "empty.jpg", "huge.png", "dir.jpg", "none.jpg"] {
        for command in ["features", "vector"] {
            let ran = folder.run([command, name]);
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
            assert!(
                ran.error().starts_with(&format!("lookalike: {name}: ")),
                "{ran:?}"
            );
        }
    }
}

/// Each algorithm with its element type, length, and a parameter that it has.
const ALGORITHMS: &[(&str, &str, usize, [&str; 2])] = &[
    ("kaze", "f32", 64, ["--diffusivity", "weickert"]),
    ("sift", "f32", 128, ["--contrast-threshold", "0.1"]),
    #[cfg(feature = "nonfree")]
    ("surf", "f32", 64, ["--hessian-threshold", "2000"]),
    ("orb", "u8", 32, ["--score-type", "fast"]),
    ("brief", "u8", 32, ["--detector", "fast"]),
];

#[test]
fn every_algorithm_gives_features_and_vectors_and_takes_its_parameters() {
    let folder = Folder::with(&["cat.jpg"]);
    for &(name, kind, length, parameter) in ALGORITHMS {
        let mut args = vec!["features", "cat.jpg", "--json", "--algorithm", name];
        let all = folder.done(&args).json().remove(0);
        assert_eq!(
            (&all["algorithm"], &all["descriptor"]["type"]),
            (&name.into(), &kind.into())
        );
        assert_eq!(all["descriptor"]["length"], length);
        assert_eq!(len(&all["descriptors"]), len(&all["keypoints"]));
        assert_eq!(len(&all["descriptors"][0]), length);
        args.extend(parameter);
        assert_ne!(
            all,
            folder.done(&args).json().remove(0),
            "{name} {parameter:?}"
        );

        let vector = ["vector", "cat.jpg", "--json", "-a", name, "--size", "8"];
        let vector = folder.done(vector).json().remove(0);
        assert_eq!(len(&vector["vector"]), 8 * length);
    }
}
