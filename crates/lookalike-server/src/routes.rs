//! All addresses, with what the documentation says of them: the router and the document are made of
//! the same table.

use crate::api::{changes, docs, dups, explain, health, judgements, pictures, search, status};
use crate::app::App;
use crate::call::Call;
use crate::page;
use crate::problem::Problem;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post, put};
use std::sync::LazyLock;

/// An address with a method.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) handler: fn() -> MethodRouter<App>,
    pub(crate) summary: &'static str,
    pub(crate) params: &'static [Param],
    pub(crate) body: Option<Body>,
    pub(crate) answers: &'static [Answer],
}

/// A parameter of the query string.
pub(crate) struct Param {
    pub(crate) name: &'static str,
    /// A JSON schema.
    pub(crate) schema: &'static str,
    pub(crate) about: &'static str,
    pub(crate) required: bool,
}

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// A picture, or with other parameters nothing.
    MaybePicture,
    /// A picture.
    Picture,
}

/// An answer that is no problem: status, media type, the name of its schema, what it is.
pub(crate) struct Answer(
    pub(crate) u16,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

const fn param(name: &'static str, schema: &'static str, about: &'static str) -> Param {
    Param {
        name,
        schema,
        about,
        required: false,
    }
}

const fn needed(name: &'static str, schema: &'static str, about: &'static str) -> Param {
    Param {
        required: true,
        ..param(name, schema, about)
    }
}

const BY: Param = param(
    "by",
    r#"{"type":"string","enum":["all","same","similar","vector"],"default":"all"}"#,
    "What counts as a hit: same (proven by geometry), similar (alike in content), vector (alike by the strongest keypoints), all (same, then similar).",
);
const TOP: Param = param(
    "top",
    r#"{"type":"integer","minimum":1,"maximum":1000,"default":10}"#,
    "At most so many hits.",
);
const MIN_SCORE: Param = param(
    "min_score",
    r#"{"type":"number","minimum":-1,"maximum":1}"#,
    "Only hits with at least this score.",
);
const REGION: Param = param(
    "region",
    r#"{"type":"string","examples":["10%,10%,50%,50%"]}"#,
    "Only this part of the query picture: X,Y,W,H in pixels or % of the picture as displayed.",
);
const EXACT: Param = param(
    "exact",
    r#"{"type":"boolean","default":false}"#,
    "Compare with every picture, however many there are.",
);
const FORMAT: Param = param(
    "format",
    r#"{"type":"string","enum":["json","png"],"default":"json"}"#,
    "png: as a drawing, like `Accept: image/png`.",
);
const PATH: Param = Param {
    name: "path",
    schema: r#"{"type":"string","examples":["trip/a.jpg"]}"#,
    about: "A path in the library's folder: relative, with /, nothing hidden, ending as pictures do.",
    required: true,
};

const HITS: &[Answer] = &[
    Answer(200, JSON, "Hits", "The hits, best first."),
    Answer(200, LINES, "Hit", "A hit a line."),
];
const EXPLANATION: &[Answer] = &[
    Answer(
        200,
        JSON,
        "Explanation",
        "The verdict and what speaks for it.",
    ),
    Answer(
        200,
        "image/png",
        "",
        "Both pictures, with lines that join what agrees.",
    ),
];

static ROUTES: &[Route] = &[
    Route {
        method: "post",
        path: "/v1/search",
        handler: || post(search::by_upload),
        summary: "Search by a picture that is sent, by words, or by the address of a picture",
        params: &[
            BY,
            TOP,
            MIN_SCORE,
            REGION,
            EXACT,
            param(
                "text",
                r#"{"type":"string"}"#,
                "Look for what these words say: any, where the library's model has a text tower; nouns that it knows, where it is the embedded one; none, where it reads no words. Without a body.",
            ),
            param(
                "url",
                r#"{"type":"string","format":"uri"}"#,
                "Fetch the picture from this address, where the server was started with --allow-url; without a body.",
            ),
        ],
        body: Some(Body::MaybePicture),
        answers: HITS,
    },
    Route {
        method: "get",
        path: "/v1/pictures/{id}/search",
        handler: || get(search::by_stored),
        summary: "Search by a picture of the library",
        params: &[
            BY,
            TOP,
            MIN_SCORE,
            REGION,
            EXACT,
            param(
                "self",
                r#"{"type":"boolean","default":false}"#,
                "Give the picture itself as a hit, too.",
            ),
        ],
        body: None,
        answers: HITS,
    },
    Route {
        method: "post",
        path: "/v1/explain/{id}",
        handler: || post(explain::by_upload),
        summary: "Why a picture that is sent is, or is not, the same as one of the library",
        params: &[REGION, FORMAT],
        body: Some(Body::Picture),
        answers: EXPLANATION,
    },
    Route {
        method: "get",
        path: "/v1/pictures/{a}/explain/{b}",
        handler: || get(explain::stored),
        summary: "Why two pictures of the library are, or are not, the same",
        params: &[REGION, FORMAT],
        body: None,
        answers: EXPLANATION,
    },
    Route {
        method: "get",
        path: "/v1/pictures",
        handler: || get(pictures::list),
        summary: "The pictures of the library, by id",
        params: &[
            param(
                "after",
                r#"{"type":"integer","minimum":0}"#,
                "Only ids above this one.",
            ),
            param(
                "limit",
                r#"{"type":"integer","minimum":1,"maximum":1000}"#,
                "So many a page; 100 if nothing is said, and in NDJSON all of them.",
            ),
        ],
        body: None,
        answers: &[
            Answer(
                200,
                JSON,
                "Pictures",
                "A page; `next` is the `after` of the next one.",
            ),
            Answer(200, LINES, "Picture", "A picture a line."),
        ],
    },
    Route {
        method: "post",
        path: "/v1/pictures",
        handler: || post(changes::add),
        summary: "Add a picture as a new file",
        params: &[PATH],
        body: Some(Body::Picture),
        answers: &[Answer(
            201,
            JSON,
            "Picture",
            "It is in the library, and safe on the disk.",
        )],
    },
    Route {
        method: "put",
        path: "/v1/pictures",
        handler: || put(changes::replace),
        summary: "Add a picture, or replace the file at this path",
        params: &[PATH],
        body: Some(Body::Picture),
        answers: &[
            Answer(
                200,
                JSON,
                "Picture",
                "It took the place of the file that was there.",
            ),
            Answer(
                201,
                JSON,
                "Picture",
                "It is in the library, and safe on the disk.",
            ),
        ],
    },
    Route {
        method: "delete",
        path: "/v1/pictures",
        handler: || delete(changes::remove_file),
        summary: "Delete a file",
        params: &[PATH],
        body: None,
        answers: &[Answer(204, "", "", "It is gone, from the disk as well.")],
    },
    Route {
        method: "get",
        path: "/v1/pictures/{id}",
        handler: || get(pictures::one),
        summary: "A picture of the library",
        params: &[],
        body: None,
        answers: &[Answer(200, JSON, "Picture", "What is known of it.")],
    },
    Route {
        method: "delete",
        path: "/v1/pictures/{id}",
        handler: || delete(changes::remove),
        summary: "Delete all files of a picture",
        params: &[],
        body: None,
        answers: &[Answer(204, "", "", "They are gone, from the disk as well.")],
    },
    Route {
        method: "get",
        path: "/v1/pictures/{id}/file",
        handler: || get(pictures::file),
        summary: "The file of a picture",
        params: &[],
        body: None,
        answers: &[Answer(
            200,
            "image/*",
            "",
            "Its bytes, as they were indexed.",
        )],
    },
    Route {
        method: "get",
        path: "/v1/pictures/{id}/thumbnail",
        handler: || get(pictures::thumbnail),
        summary: "A small version of a picture",
        params: &[param(
            "size",
            r#"{"type":"integer","minimum":64,"maximum":1024,"default":256}"#,
            "Pixels of its larger side.",
        )],
        body: None,
        answers: &[Answer(
            200,
            "image/jpeg",
            "",
            "It never changes, and may be kept.",
        )],
    },
    Route {
        method: "get",
        path: "/v1/dups",
        handler: || get(dups::dups),
        summary: "Groups of files that show the same picture",
        params: &[param(
            "kind",
            r#"{"type":"string","enum":["same","exact","near"],"default":"same"}"#,
            "exact: equal bytes; same: copies, however modified; near: shots of one scene.",
        )],
        body: None,
        answers: &[
            Answer(200, JSON, "Groups", "The groups, by their first path."),
            Answer(200, LINES, "Group", "A group a line."),
        ],
    },
    Route {
        method: "post",
        path: "/v1/judgements",
        handler: || post(judgements::judge),
        summary: "Say that two pictures are, or are not, the same, and have it obeyed from now on",
        params: &[
            needed(
                "a",
                r#"{"type":"string"}"#,
                "A picture of the library, by its id, or any, by the BLAKE3 of its file in hexadecimal digits.",
            ),
            needed("b", r#"{"type":"string"}"#, "Another, likewise."),
            needed(
                "says",
                r#"{"type":"string","enum":["different","same","forget"]}"#,
                "What is said of them; forget: nothing any more.",
            ),
        ],
        body: None,
        answers: &[Answer(204, "", "", "It is kept, safe on the disk.")],
    },
    Route {
        method: "get",
        path: "/v1/status",
        handler: || get(status::status),
        summary: "What the library holds",
        params: &[],
        body: None,
        answers: &[Answer(
            200,
            JSON,
            "Status",
            "As `lookalike status --json` prints it, and more.",
        )],
    },
    Route {
        method: "get",
        path: "/v1/progress",
        handler: || get(status::progress),
        summary: "How far the library is brought up to date",
        params: &[],
        body: None,
        answers: &[
            Answer(200, JSON, "Progress", "Now."),
            Answer(
                200,
                "text/event-stream",
                "Progress",
                "An event whenever it changes.",
            ),
        ],
    },
    Route {
        method: "get",
        path: "/healthz",
        handler: || get(health::alive),
        summary: "Whether the server lives",
        params: &[],
        body: None,
        answers: &[Answer(200, "text/plain", "", "It does.")],
    },
    Route {
        method: "get",
        path: "/readyz",
        handler: || get(health::ready),
        summary: "Whether the library is open and its threads answer",
        params: &[],
        body: None,
        answers: &[Answer(200, "text/plain", "", "They do.")],
    },
    Route {
        method: "get",
        path: "/metrics",
        handler: || get(health::metrics),
        summary: "Counts and times for Prometheus",
        params: &[],
        body: None,
        answers: &[Answer(200, "text/plain", "", "In Prometheus' text format.")],
    },
    Route {
        method: "get",
        path: "/openapi.json",
        handler: || get(docs::document),
        summary: "This description, OpenAPI 3.1",
        params: &[],
        body: None,
        answers: &[Answer(200, JSON, "", "The document.")],
    },
    Route {
        method: "get",
        path: "/docs",
        handler: || get(docs::readable),
        summary: "This description as a page to read",
        params: &[],
        body: None,
        answers: &[Answer(200, "text/html", "", "The page.")],
    },
];

/// The files of the page, one route each.
static PAGE: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let route = |file: &'static page::File| Route {
        method: "get",
        path: file.path,
        handler: || get(of_page),
        summary: "",
        params: &[],
        body: None,
        answers: &[],
    };
    page::FILES.iter().map(route).collect()
});

async fn of_page(call: Call) -> Result<Response, Problem> {
    page::file(call.request.uri().path(), call.headers())
}

/// What programs use.
pub(crate) fn documented() -> &'static [Route] {
    ROUTES
}

/// All of it.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().chain(&*PAGE)
}

/// Whether the address is one of the page that a browser shows.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/docs" || page::FILES.iter().any(|file| file.path == path)
}

/// Whether everybody may ask for it: it tells nothing of the library.
pub(crate) fn is_open(path: &str) -> bool {
    is_page(path) || matches!(path, "/openapi.json" | "/healthz" | "/readyz")
}
