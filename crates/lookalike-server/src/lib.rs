//! A library of lookalike over HTTP: searches by picture, by words or by address, explanations,
//! changes, and a page to do it all in a browser.
//!
//! The principal types are [`Config`], how a server is set up; [`Server`], which listens and then
//! runs until its [`Stopper`] ends it; and [`Token`], who may ask. `/docs` and `/openapi.json` of a
//! running server describe the interface; they are made of the same table as the router.
//!
//! The parts: connections are served by a few threads of `tokio` (`lobby`, `connection`), each
//! request is checked (`guard`) and dispatched (`router`, of the table in `routes`) to its handler
//! (`api`). What it asks is done by pools of threads that share one opened library, behind queues of
//! limited length (`pool`); changes are left for the one thread that writes (`writer`), which also
//! follows the folder (`watch`).
//!
//! They know of each other one way: what requests share (`pools`, `body`, `writer`, ...), the handlers,
//! each of which names the parts that it needs, all parts together (`app`), the table, the router, the
//! server.

mod answer;
mod api;
mod app;
mod body;
mod cache;
mod call;
mod config;
mod connection;
mod ending;
mod error;
mod fetch;
mod guard;
mod lobby;
mod metrics;
mod multipart;
mod openapi;
mod page;
mod params;
mod picture_path;
mod pool;
mod pools;
mod problem;
mod progress;
mod router;
mod routes;
mod server;
mod token;
mod watch;
mod writer;

pub use config::{Bounds, Config, Line, Log, Patience};
pub use error::{Error, Result};
pub use server::{Server, Stopper};
pub use token::Token;
