//! What is there more than once.

use crate::answer::{self, Form};
use crate::call::Call;
use crate::params::Params;
use crate::pool::Turn;
use crate::pools::Pools;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use lookalike::KeepOptions;
use lookalike::json::{JsonGroup, SCHEMA};
use lookalike::same::{GroupKind, GroupOptions};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct JsonGroups {
    schema: u32,
    groups: Vec<JsonGroup>,
}

/// `GET /v1/dups`.
pub(crate) async fn dups(State(pools): State<Arc<Pools>>, call: Call) -> Result<Response, Problem> {
    let params = Params::of_query(call.query(), &["kind"])?;
    let kinds = [
        ("same", GroupKind::Same),
        ("exact", GroupKind::Exact),
        ("near", GroupKind::Near),
    ];
    let kind = params.word("kind", &kinds)?;
    let work = move |turn: Turn<'_>| {
        let options = GroupOptions {
            kind,
            mirrored: false,
            threads: turn.threads.clone(),
            progress: None,
        };
        let groups = turn.library.groups(&options)?;
        Ok(turn.library.choose(&groups, &KeepOptions::default())?)
    };
    let groups = pools.surveys.run(work).await?;
    let numbered = groups.iter().enumerate();
    let groups: Vec<JsonGroup> = numbered
        .map(|(i, group)| JsonGroup::new(i + 1, group))
        .collect();
    match Form::of(call.headers()) {
        Form::Lines => answer::lines(&groups),
        Form::Object => {
            let schema = SCHEMA;
            answer::json(StatusCode::OK, &JsonGroups { schema, groups })
        }
    }
}
