//! `load`: many clients at a time ask a server.

use crate::generate::{PictureArgs, pictures};
use anyhow::{Context, Result, bail, ensure};
use lookalike::{AskedSettings, Library, Location, Silent, UpdateOptions};
use lookalike_store::Random;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Ask a server, many clients at a time, and print a table of answer times
#[derive(clap::Args)]
pub struct Args {
    /// The program whose `serve` is asked
    #[arg(long, value_name = "FILE")]
    program: PathBuf,
    /// Pictures from which the library is mixed
    #[arg(long, value_name = "DIR", default_value = "pictures/library")]
    from: PathBuf,
    /// Where the libraries are kept, made on the first run
    #[arg(long, value_name = "DIR", default_value = "target/bench-load")]
    work: PathBuf,
    /// Pictures in the library
    #[arg(long, default_value_t = 100_000)]
    pictures: u64,
    /// Clients at a time
    #[arg(long, default_value_t = 32)]
    clients: u64,
    /// Seconds of each part
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Idle connections in the second part
    #[arg(long, default_value_t = 1000)]
    idle: usize,
    /// What is asked: same, similar or all
    #[arg(long, default_value = "similar")]
    by: String,
    /// Threads of the server
    #[arg(short = 'j', long, default_value_t = 2)]
    threads: usize,
}

/// Makes the library, starts the server, asks, and prints a table.
pub fn run(args: &Args) -> Result<()> {
    let library = library(args)?;
    let server = Server::start(args, &library)?;
    println!("# `lookalike serve` under load\n");
    println!(
        "{} synthetic pictures, {} clients that ask one after the other for what is `{}` to a stored \
         picture, {} threads of the server on {} cores, which the clients share. Made by \
         `bench/run.sh load`.\n",
        args.pictures,
        args.clients,
        args.by,
        args.threads,
        thread::available_parallelism()?
    );
    println!(
        "| beside | answers a second | errors | median | 90 % | 99 % | slowest | memory before | after |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    // Segments are mapped and models opened by the first ones.
    ask(args, &server, Duration::from_secs(5.min(args.seconds)))?;
    part(args, &server, "nobody")?;
    let (stop, open) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        scope.spawn(|| idle(args, &server, &open, &stop));
        scope.spawn(|| leaving(&server, &stop));
        scope.spawn(|| slow(&server, &stop));
        while open.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(50));
        }
        let open = open.load(Ordering::Relaxed);
        let name = format!("{open} idle, some slow and leaving");
        part(args, &server, &name)
    })?;
    Ok(())
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks for a while, and prints a row.
fn part(args: &Args, server: &Server, beside: &str) -> Result<()> {
    let before = server.memory()?;
    let begin = Instant::now();
    let mut answers = ask(args, server, Duration::from_secs(args.seconds))?;
    let seconds = begin.elapsed().as_secs_f64();
    answers.times.sort();
    let count = answers.times.len();
    ensure!(count > 0, "no answers");
    let at = |share: f64| {
        let i = ((count as f64 * share).ceil() as usize).clamp(1, count) - 1;
        answers.times[i].as_secs_f64() * 1e3
    };
    println!(
        "| {beside} | {:.0} | {} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} ms | {:.0} MB | {:.0} MB |",
        count as f64 / seconds,
        answers.errors,
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
        before,
        server.memory()?
    );
    Ok(())
}

/// The library of synthetic pictures, made where it is missing.
fn library(args: &Args) -> Result<PathBuf> {
    let output = args.work.join(format!("{}", args.pictures));
    if output.join("catalogue.sqlite").is_file() {
        return Ok(output);
    }
    let from = args.work.join("from");
    let location = Location::elsewhere(&from, Some(args.from.clone()));
    let real = Library::open_or_create(&location, &AskedSettings::default())?;
    let update = UpdateOptions {
        threads: args.threads,
        ..UpdateOptions::default()
    };
    real.update(&update, &mut Silent)?;
    eprintln!("{} pictures are mixed ...", args.pictures);
    pictures(&PictureArgs {
        from,
        output: output.clone(),
        count: args.pictures,
        seed: 1,
        embeddings_only: false,
    })?;
    Ok(output)
}

/// A running server.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(args: &Args, library: &Path) -> Result<Self> {
        let mut child = Command::new(&args.program)
            .args([
                "serve",
                "--no-index",
                "--json",
                "--listen",
                "127.0.0.1:0",
                "-j",
            ])
            .arg(args.threads.to_string())
            .arg("--library")
            .arg(library)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| args.program.display().to_string())?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let told: serde_json::Value =
            serde_json::from_str(&line).context("the server did not start")?;
        let address = told["address"].as_str().unwrap_or_default();
        let address = address.trim_start_matches("http://").trim_end_matches('/');
        Ok(Self {
            address: address.to_owned(),
            child,
        })
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(stream)
    }

    /// Megabytes that the process has in memory and shares with no file.
    fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        let kilobytes: f64 = kilobytes.context("the system tells nothing of memory")?;
        Ok(kilobytes / 1e3)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is only read from: there is nothing to be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Default)]
struct Answers {
    times: Vec<Duration>,
    errors: u64,
}

/// Lets all clients ask for so long.
fn ask(args: &Args, server: &Server, time: Duration) -> Result<Answers> {
    let answers: Mutex<Answers> = Mutex::default();
    let end = Instant::now() + time;
    thread::scope(|scope| {
        let clients = (0..args.clients).map(|client| {
            let answers = &answers;
            scope.spawn(move || -> Result<()> {
                let mine = one_client(args, server, client, end)?;
                let mut all = answers.lock().unwrap_or_else(|e| e.into_inner());
                all.times.extend(mine.times);
                all.errors += mine.errors;
                Ok(())
            })
        });
        let clients: Vec<_> = clients.collect();
        for client in clients {
            match client.join() {
                Ok(done) => done?,
                Err(_) => bail!("a client broke down"),
            }
        }
        Ok(())
    })?;
    Ok(answers.into_inner().unwrap_or_else(|e| e.into_inner()))
}

fn one_client(args: &Args, server: &Server, client: u64, end: Instant) -> Result<Answers> {
    let mut answers = Answers::default();
    let mut connection = BufReader::new(server.connect()?);
    let mut random = Random::new(client);
    while Instant::now() < end {
        // Each asks for other pictures, in an order without a pattern.
        let id = 1 + random.bits() % args.pictures;
        let begin = Instant::now();
        let head = format!(
            "GET /v1/pictures/{id}/search?by={}&top=10 HTTP/1.1\r\nHost: {}\r\n\r\n",
            args.by, server.address
        );
        connection.get_mut().write_all(head.as_bytes())?;
        match answer(&mut connection) {
            Ok(200) => answers.times.push(begin.elapsed()),
            Ok(_) => answers.errors += 1,
            Err(_) => {
                answers.errors += 1;
                connection = BufReader::new(server.connect()?);
            }
        }
    }
    Ok(answers)
}

/// Reads an answer to its end.
fn answer(connection: &mut BufReader<TcpStream>) -> Result<u16> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let status = line.split(' ').nth(1).context("no answer")?.parse()?;
    let mut length = None;
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.parse::<u64>()?);
        }
    }
    let length = length.context("an answer without a length")?;
    let read = std::io::copy(&mut connection.by_ref().take(length), &mut std::io::sink())?;
    ensure!(read == length, "an answer is cut short");
    Ok(status)
}

/// Connections that ask for nothing, made anew before the server closes them. `open` is told how many
/// there are.
fn idle(args: &Args, server: &Server, open: &AtomicUsize, stop: &AtomicBool) {
    const AGAIN: Duration = Duration::from_secs(20);
    while !stop.load(Ordering::Relaxed) {
        // As many as the system lets one process have, leaving some for the others.
        let mut idle: Vec<TcpStream> = (0..args.idle)
            .map_while(|_| server.connect().ok())
            .collect();
        if idle.len() < args.idle {
            idle.truncate(idle.len().saturating_sub(64));
        }
        open.store(idle.len(), Ordering::Relaxed);
        let begin = Instant::now();
        while begin.elapsed() < AGAIN && !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Asks, and is gone before the answer.
fn leaving(server: &Server, stop: &AtomicBool) {
    let head = format!(
        "GET /v1/pictures/1/search?by=similar&top=1000 HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address
    );
    while !stop.load(Ordering::Relaxed) {
        // What becomes of it is nobody's business.
        let _ = server
            .connect()
            .map(|mut stream| stream.write_all(head.as_bytes()));
        thread::sleep(Duration::from_millis(50));
    }
}

/// Sends a body, a byte now and then.
fn slow(server: &Server, stop: &AtomicBool) {
    let head = format!(
        "POST /v1/search HTTP/1.1\r\nHost: {}\r\nContent-Length: 100000\r\n\r\n",
        server.address
    );
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut stream) = server.connect() else {
            continue;
        };
        let mut sent = stream.write_all(head.as_bytes());
        while sent.is_ok() && !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(200));
            sent = stream.write_all(b"x");
        }
    }
}
