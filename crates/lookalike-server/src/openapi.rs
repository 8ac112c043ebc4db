//! The description of the interface: OpenAPI for programs, a page for people.

use crate::problem::Kind;
use crate::routes::{self, Body, Route};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The document, as JSON.
pub(crate) fn document() -> String {
    format!("{:#}\n", openapi())
}

fn openapi() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes::documented() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "lookalike",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Find a picture, and pictures like it, in a collection.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
            "responses": {
                "Problem": {
                    "description": "What went wrong. 503 carries Retry-After.",
                    "content": { "application/problem+json": { "schema": schema_of("Problem") } },
                },
            },
        },
    })
}

fn schema_of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The names between braces.
fn places(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
}

fn operation(route: &Route) -> Value {
    let in_path = places(route.path).map(|name| {
        json!({
            "name": name, "in": "path", "required": true,
            "description": "The id of a picture.",
            "schema": { "type": "integer", "format": "int64", "minimum": 1 },
        })
    });
    let in_query = route.params.iter().map(|param| {
        // The table's schemas are read by a test.
        let schema: Value = serde_json::from_str(param.schema).unwrap_or_default();
        json!({
            "name": param.name, "in": "query", "required": param.required,
            "description": param.about, "schema": schema,
        })
    });
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": in_path.chain(in_query).collect::<Vec<_>>(),
        "responses": responses(route),
    });
    if let Some(body) = route.body {
        operation["requestBody"] = json!({
            "required": body == Body::Picture,
            "description": "The bytes of a picture's file, or a form with it as `picture`, or as a file of any name; other fields of the form are parameters.",
            "content": {
                "image/*": {},
                "application/octet-stream": {},
                "multipart/form-data": { "schema": {
                    "type": "object",
                    "properties": { "picture": { "type": "string", "contentMediaType": "image/*" } },
                } },
            },
        });
    }
    if routes::is_open(route.path) {
        operation["security"] = json!([]);
    }
    operation
}

fn operation_id(route: &Route) -> String {
    let words = route
        .path
        .split(['/', '.'])
        .filter(|word| !word.is_empty() && *word != "v1");
    let words = words.map(|word| word.trim_matches(['{', '}']));
    words.fold(route.method.to_owned(), |id, word| format!("{id}_{word}"))
}

fn responses(route: &Route) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for answer in route.answers {
        let status = answer.0.to_string();
        let response = responses
            .entry(status)
            .or_insert_with(|| json!({ "description": answer.3 }));
        if !answer.1.is_empty() {
            response["content"][answer.1] = match answer.2 {
                "" => json!({}),
                schema => json!({ "schema": schema_of(schema) }),
            };
        }
    }
    responses.insert(
        "default".into(),
        json!({ "$ref": "#/components/responses/Problem" }),
    );
    responses.into()
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

fn list_of(name: &str) -> Value {
    json!({ "type": "array", "items": schema_of(name) })
}

/// The objects of the answers.
fn schemas() -> Value {
    let (text, int, number) = (
        json!({ "type": "string" }),
        json!({ "type": "integer" }),
        json!({ "type": "number" }),
    );
    let maybe = |kind: &str| json!({ "type": [kind, "null"] });
    let flag = json!({ "type": "boolean" });
    let schema = json!({ "const": lookalike::json::SCHEMA });
    let relation = json!({
        "enum": ["copy", "scene", "part"],
        "description": "A copy; the same scene photographed again; or only a common part.",
    });
    let shares = json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 });
    let pixels = json!({
        "type": "object",
        "description": "What the pixels say, laid over each other block by block.",
        "properties": {
            "agreeing": number, "replaced": number, "worst": number, "recoloured": number,
            "ground": number, "warp": number, "beyond": shares, "detail_beyond": shares,
        },
    });
    let transform = json!({
        "type": ["array", "null"], "items": number, "minItems": 9, "maxItems": 9,
        "description": "The homography, by rows, from pixels of the query to pixels of the found picture, both as displayed.",
    });
    let path_bytes = json!({
        "type": "string", "contentEncoding": "base64",
        "description": "The bytes of a path that is no UTF-8.",
    });
    let place = json!({
        "type": "object", "properties": { "page": int, "frame": int },
        "description": "Where in the file the picture is, from 1 on, if the file holds several.",
    });
    let whole = json!({
        "type": "boolean",
        "description": "True where the pictures as a whole prove it, without any feature.",
    });
    let judged = json!({
        "type": "boolean",
        "description": "True where nothing but a judgement says that they are the same.",
    });
    let group_file = object(
        &["path", "picture", "hash", "bytes", "fate"],
        &json!({
            "path": text, "path_bytes": path_bytes, "picture": int, "hash": text,
            "width": maybe("integer"), "height": maybe("integer"), "bytes": int,
            "modified": { "type": ["string", "null"], "format": "date-time" },
            "fate": {
                "enum": ["keep", "stays", "redundant"],
                "description": "Redundant is what shows nothing that the file `by` does not show.",
            },
            "stays": { "type": "string", "description": "Why it stays beside the one to keep." },
            "by": { "type": "string", "description": "The file that takes its place, or whose hard link it is." },
        }),
    );
    let pair = json!({ "type": "array", "items": int, "minItems": 2, "maxItems": 2 });
    let point = json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 });
    json!({
        "Hit": object(&["schema", "rank", "kind", "path", "picture", "score"], &json!({
            "schema": schema, "rank": int,
            "kind": { "enum": ["same", "candidate", "similar", "vector"] },
            "path": text, "path_bytes": path_bytes, "place": place, "picture": int,
            "score": { "type": "number", "description": "Of same and candidate the probability that it is the same picture, else the cosine." },
            "percentile": { "type": "number", "description": "The share of pairs of pictures in the library that are less alike." },
            "relation": relation, "inliers": int, "matches": int, "pixels": pixels, "transform": transform,
            "mirrored": flag, "whole": whole, "judged": judged, "query_overlap": number,
            "found_overlap": number,
        })),
        "Hits": object(&["schema", "hits"], &json!({
            "schema": schema, "hits": list_of("Hit"),
            "query_hash": { "type": "string", "description": "BLAKE3 of the picture that was sent, by which it can be judged." },
        })),
        "Picture": object(&["schema", "picture", "hash", "files"], &json!({
            "schema": schema, "picture": int, "place": place,
            "hash": { "type": "string", "description": "BLAKE3 of its bytes." },
            "width": maybe("integer"), "height": maybe("integer"), "bytes": maybe("integer"),
            "format": maybe("string"),
            "files": { "type": "array", "items": object(&["path"], &json!({
                "path": text, "path_bytes": path_bytes,
            })) },
        })),
        "Pictures": object(&["schema", "pictures", "next"], &json!({
            "schema": schema, "pictures": list_of("Picture"), "next": maybe("integer"),
        })),
        "Explanation": object(&["schema", "verdict", "query", "path", "score", "reason", "pairs"], &json!({
            "schema": schema, "verdict": { "enum": ["same", "different"] },
            "query": text, "query_bytes": path_bytes, "query_place": place,
            "path": text, "path_bytes": path_bytes, "place": place, "score": number,
            "keypoints": pair, "inliers": int, "matches": int,
            "transform": transform, "mirrored": flag, "whole": whole, "query_overlap": number,
            "found_overlap": number, "relation": relation, "pixels": { "anyOf": [pixels, { "type": "null" }] }, "reason": text,
            "query_size": pair, "found_size": pair,
            "pairs": { "type": "array", "items": object(&["query", "found", "residual"], &json!({
                "query": point, "found": point, "residual": maybe("number"),
            })) },
        })),
        "Group": object(&["schema", "group", "paths", "kind", "score", "keep", "why", "files"], &json!({
            "schema": schema, "group": int, "paths": { "type": "array", "items": text },
            "paths_bytes": { "type": "array", "items": maybe("string") },
            "places": {
                "type": "array", "items": { "anyOf": [place, { "type": "null" }] },
                "description": "Where in each file the picture is, if any of them holds several.",
            },
            "kind": { "enum": ["exact", "same", "near"] }, "score": number,
            "keep": { "type": "string", "description": "The path of the file to keep." },
            "why": { "type": "string", "description": "What speaks for it." },
            "files": { "type": "array", "items": group_file },
        })),
        "Groups": object(&["schema", "groups"], &json!({
            "schema": schema, "groups": list_of("Group"),
        })),
        "Status": object(&["schema", "kind", "pictures", "files", "failed", "bytes", "parts", "model", "read_only"], &json!({
            "schema": schema, "kind": { "const": "status" }, "format": int, "imported": flag,
            "library": text, "folder": maybe("string"), "pictures": int, "files": int,
            "failed": int, "unread": {
                "type": "object", "additionalProperties": int,
                "description": "How many files are of each picture format that is not read.",
            }, "reads": {
                "type": "array", "items": text, "description": "The formats that are read.",
            }, "bytes": int, "bytes_per_picture": number, "catalogue_bytes": int,
            "profile": text, "parts": { "type": "object" }, "vector_algorithm": text,
            "vector_keypoints": int, "vector_length": int,
            "model": object(&["name", "reads_words"], &json!({ "name": text, "reads_words": flag })),
            "read_only": flag,
        })),
        "Progress": object(&["schema", "state", "files", "to_read", "read", "failed", "pictures"], &json!({
            "schema": schema, "state": { "enum": ["idle", "indexing"] }, "files": int,
            "to_read": int, "read": int, "failed": int, "pictures": int, "error": text,
        })),
        "Problem": object(&["type", "title", "status", "detail"], &json!({
            "type": { "type": "string", "format": "uri-reference" }, "title": text,
            "status": int, "detail": text,
        })),
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// The page, as HTML. The text of the table is ours, and escaped all the same.
pub(crate) fn readable() -> String {
    let mut out = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>lookalike: HTTP interface</title>\
         <link rel=\"icon\" href=\"/icon.svg\"><link rel=\"stylesheet\" href=\"/app.css\">\
         </head><body class=\"docs\"><main><h1>HTTP interface</h1>\
         <p>Answers are JSON objects, the same as the command line prints with <code>--json</code>. \
         Lists come an object a line with <code>Accept: application/x-ndjson</code>. \
         Where the server has a token, send <code>Authorization: Bearer TOKEN</code>. \
         For programs: <a href=\"/openapi.json\">openapi.json</a>.</p>\n",
    );
    for route in routes::documented() {
        section(&mut out, route);
    }
    out.push_str(
        "<h2 id=\"problems\">Problems</h2><p>What goes wrong is told as RFC 9457 has it, \
         <code>application/problem+json</code>.</p><dl>\n",
    );
    for kind in Kind::ALL {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<dt id=\"problem-{0}\"><code>{1} {0}</code></dt><dd>{2}.</dd>",
            kind.name(),
            kind.status().as_u16(),
            escaped(kind.title()),
        );
    }
    out + "</dl></main></body></html>\n"
}

fn section(out: &mut String, route: &Route) {
    let method = route.method.to_uppercase();
    let _ = write!(
        out,
        "<section id=\"{}\"><h2><code>{method} {}</code></h2><p>{}.</p>",
        operation_id(route),
        escaped(route.path),
        escaped(route.summary)
    );
    if !route.params.is_empty() || route.body.is_some() {
        out.push_str("<dl>");
        if let Some(body) = route.body {
            let need = match body {
                Body::Picture => "needed",
                Body::MaybePicture => "unless other parameters say what to look for",
            };
            let _ = write!(
                out,
                "<dt>body</dt><dd>The bytes of a picture's file, or a form with it as \
                 <code>picture</code>, or as a file of any name; {need}.</dd>"
            );
        }
        for param in route.params {
            let need = if param.required { " Needed." } else { "" };
            let _ = write!(
                out,
                "<dt><code>{}</code></dt><dd>{}{need} <small><code>{}</code></small></dd>",
                param.name,
                escaped(param.about),
                escaped(param.schema)
            );
        }
        out.push_str("</dl>");
    }
    out.push_str("<ul>");
    for answer in route.answers {
        let _ = write!(
            out,
            "<li><code>{} {}</code> {}</li>",
            answer.0,
            escaped(answer.1),
            escaped(answer.3)
        );
    }
    out.push_str("</ul></section>\n");
}
