//! The description says what the server does.

mod common;

use common::{Served, sample};
use serde_json::Value;

/// Follows a reference within the document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap();
            let found = document.pointer(pointer);
            found.unwrap_or_else(|| panic!("{reference}: nothing there"))
        }
        None => value,
    }
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            if object.contains_key("$ref") {
                found.push(value);
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Whether a value is what a schema says, as far as our schemas say something.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolved(document, schema);
    if let Some(constant) = schema.get("const") {
        assert_eq!(value, constant, "{place}");
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{place}: {value}");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    assert!(
        types.is_empty() || types.iter().any(is),
        "{place}: {value} is no {types:?}"
    );
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(
                object.contains_key(name.as_str().unwrap()),
                "{place}: no {name}"
            );
        }
        for (name, value) in object {
            let of = properties
                .get(name)
                .unwrap_or_else(|| panic!("{place}: {name} is not described"));
            check(document, of, value, &format!("{place}.{name}"));
        }
    }
    if let (Some(list), Some(items)) = (value.as_array(), schema.get("items")) {
        list.iter()
            .for_each(|item| check(document, items, item, &format!("{place}[]")));
    }
}

#[test]
fn the_document_and_the_router_agree() {
    let served = Served::samples();
    let document = served.get("/openapi.json").ok();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        resolved(&document, reference);
    }
    let mut ids = std::collections::BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let target = path
            .replace("{id}", "999999")
            .replace("{a}", "999999")
            .replace("{b}", "999999");
        for method in ["get", "post", "put", "delete", "patch"] {
            let answer = served.ask(&method.to_uppercase(), &target, &[], b"");
            let Some(operation) = methods.get(method) else {
                assert_eq!(answer.problem(405), "method", "{method} {path}");
                continue;
            };
            assert_ne!(answer.status, 405, "{method} {path}");
            if answer.status == 404 {
                // The picture is missing, not the address.
                assert!(
                    answer.text().contains("999999"),
                    "{method} {path}: {}",
                    answer.text()
                );
            }
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()));
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()));
            let parameters = operation["parameters"].as_array().unwrap();
            for parameter in parameters {
                assert!(parameter["schema"]["type"].is_string(), "{parameter}");
            }
            let places = parameters.iter().filter(|p| p["in"] == "path").count();
            assert_eq!(places, path.matches('{').count());
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("default") && responses.len() > 1);
        }
    }
    let unlisted = ["/v1/pictures/1/other", "/v1", "/v1/search/", "/v2/search"];
    for path in unlisted {
        assert_eq!(served.get(path).problem(404), "not-found", "{path}");
    }
}

#[test]
fn answers_are_as_described() {
    let served = Served::samples();
    let document = served.get("/openapi.json").ok();
    let (a, b) = (served.id("pagoda.jpg"), served.id("pagoda-rotated.jpg"));
    let schema_of = |path: &str, method: &str, status: &str, kind: &str| {
        let response = &document["paths"][path][method]["responses"][status];
        resolved(&document, response)["content"][kind]["schema"].clone()
    };
    let json = "application/json";
    for (path, target) in [
        (
            "/v1/pictures/{id}/search",
            format!("/v1/pictures/{a}/search?by=all"),
        ),
        (
            "/v1/pictures/{id}/search",
            format!("/v1/pictures/{a}/search?by=same"),
        ),
        (
            "/v1/pictures/{a}/explain/{b}",
            format!("/v1/pictures/{a}/explain/{b}"),
        ),
        ("/v1/pictures", "/v1/pictures?limit=2".into()),
        ("/v1/pictures/{id}", format!("/v1/pictures/{a}")),
        ("/v1/dups", "/v1/dups".into()),
        ("/v1/status", "/v1/status".into()),
        ("/v1/progress", "/v1/progress".into()),
    ] {
        let answer = served.get(&target).ok();
        let schema = schema_of(path, "get", "200", json);
        assert!(!schema.is_null(), "{path}");
        check(&document, &schema, &answer, path);
    }
    let hits = served
        .post("/v1/search?by=same", &sample("pagoda.jpg"))
        .ok();
    check(
        &document,
        &schema_of("/v1/search", "post", "200", json),
        &hits,
        "search",
    );
    let lines = ["Accept: application/x-ndjson"];
    for hit in served
        .ask("POST", "/v1/search", &lines, &sample("cat.jpg"))
        .lines()
    {
        let schema = schema_of("/v1/search", "post", "200", "application/x-ndjson");
        check(&document, &schema, &hit, "hit");
    }
    let added = served.post("/v1/pictures?path=new.jpg", &sample("coffee.jpg"));
    assert_eq!(added.status, 201);
    check(
        &document,
        &schema_of("/v1/pictures", "post", "201", json),
        &added.json(),
        "add",
    );
    let problem = served.get("/v1/pictures/999999");
    let schema = schema_of(
        "/v1/pictures/{id}",
        "get",
        "default",
        "application/problem+json",
    );
    check(&document, &schema, &problem.json(), "problem");
}

#[test]
fn the_documentation_can_be_read() {
    let served = Served::samples();
    let page = served.get("/docs");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let text = page.text();
    let document = served.get("/openapi.json").ok();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(text.contains(&format!(" {path}</code>")), "{path}");
    }
    // Where a problem says what it is, there is something to be read.
    let problem = served.get("/nothing").json();
    let anchor = problem["type"]
        .as_str()
        .unwrap()
        .strip_prefix("/docs#")
        .unwrap()
        .to_owned();
    assert!(text.contains(&format!("id=\"{anchor}\"")));
    // Nothing from elsewhere.
    assert!(!text.contains("http://") && !text.contains("https://"));
}
