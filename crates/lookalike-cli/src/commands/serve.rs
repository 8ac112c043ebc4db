//! `lookalike serve`.

use crate::cli::serve::ServeArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json::{self, SCHEMA};
use crate::output::{self, notes};
use crate::place;
use anyhow::{Context, Result, bail};
use lookalike::{Library, Location};
use lookalike_server::{Bounds, Config, Line, Log, Patience, Server, Token};
use serde::Serialize;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Opens or makes the library, says where the server listens, and serves until ctrl-C.
pub fn run(args: &ServeArgs, options: &Options) -> Result<Exit> {
    let config = config(args, options)?;
    let server = Server::bind(config)?;
    let stopper = server.stopper();
    // Where the system refuses, ctrl-C ends the program at once; nothing that was acknowledged is
    // lost by that.
    let _ = ctrlc::set_handler(move || stopper.stop());
    tell(server.address(), options)?;
    server.run()?;
    Ok(Exit::Done)
}

fn config(args: &ServeArgs, options: &Options) -> Result<Config> {
    // What is refused must not leave a new library behind.
    let token = args.token_file.as_deref().map(Token::read).transpose()?;
    let listen = address(&args.listen)?;
    let body = bytes(args.max_body).context("--max-body")?;
    let pixels = bytes(args.max_megapixels).context("--max-megapixels")?;
    let location = library(args, options)?;
    let bounds = Bounds {
        body,
        pixels: pixels as u64,
        queue: args.queue.max(1),
        ..Bounds::default()
    };
    Ok(Config {
        listen,
        token,
        hosts: args.host.clone(),
        threads: options.threads.count(),
        index: !args.no_index,
        watch: args.watch,
        read_only: args.read_only,
        allow_url: args.allow_url,
        bounds: Bounds {
            memory: bounds.memory.max(body.saturating_mul(2)),
            ..bounds
        },
        patience: Patience {
            answer: Duration::from_secs(args.timeout.max(1)),
            ..Patience::default()
        },
        log: log(options.clone()),
        ..Config::new(location)
    })
}

/// Millions, as a number of things.
fn bytes(millions: f64) -> Result<usize> {
    let number = millions * 1e6;
    if !(1.0..=1e12).contains(&number) {
        bail!("{millions} is no number of millions between 0.000001 and 1000000");
    }
    Ok(number as usize)
}

fn address(text: &str) -> Result<SocketAddr> {
    let found = text
        .to_socket_addrs()
        .with_context(|| format!("--listen {text}"));
    let found = found?.next();
    found.with_context(|| format!("--listen {text}: no such address"))
}

/// The library, which is made where there is none.
fn library(args: &ServeArgs, options: &Options) -> Result<Location> {
    let dir = args.dir.as_deref();
    if args.no_index {
        if args.made.model.is_some() {
            bail!("--model changes the library, which --no-index forbids");
        }
        return place::existing(options, dir);
    }
    let location = if options.library.is_some() {
        place::indexed(options, dir)?
    } else {
        place::existing_or_new(options, dir)?
    };
    let library = Library::open_or_create(&location, &super::index::asked(&args.made))?;
    for warning in library.warnings() {
        notes::note(options, warning);
    }
    Ok(location)
}

fn log(options: Options) -> Log {
    Log::new(move |line| match line {
        Line::Request(line) => notes::detail(&options, line),
        Line::Note(line) => notes::note(&options, &format!("lookalike: {line}")),
        Line::Error(line) => notes::error(&options, line),
        _ => {}
    })
}

#[derive(Serialize)]
struct JsonListening {
    schema: u32,
    kind: &'static str,
    address: String,
}

fn tell(address: SocketAddr, options: &Options) -> Result<()> {
    let url = format!("http://{address}/");
    notes::note(options, &format!("listening on {url}"));
    if options.json {
        let mut out = output::stdout();
        let line = JsonListening {
            schema: SCHEMA,
            kind: "listening",
            address: url,
        };
        json::line(&mut out, &line)?;
        output::finish(out)?;
    }
    Ok(())
}
