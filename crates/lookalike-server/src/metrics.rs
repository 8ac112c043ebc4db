//! What Prometheus is told.

use crate::pool::Load;
use crate::progress::JsonProgress;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends, in seconds, of the classes of answer times.
const BOUNDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(String, String, u16), u64>>,
    times: Mutex<BTreeMap<String, Times>>,
    pub(crate) connections: AtomicUsize,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) written: AtomicU64,
}

/// How long the answers of one route took.
#[derive(Debug, Default)]
struct Times {
    classes: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        let key = (method.to_owned(), route.to_owned(), status);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(key).or_default() += 1;
        drop(requests);
        let seconds = took.as_secs_f64();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = times.entry(route.to_owned()).or_default();
        times.count += 1;
        times.sum += seconds;
        for (count, bound) in times.classes.iter_mut().zip(BOUNDS) {
            *count += u64::from(seconds <= bound);
        }
    }
}

/// How it goes just now, beside what was counted.
pub(crate) struct Now {
    pub(crate) loads: [Load; 4],
    pub(crate) progress: JsonProgress,
    /// Changes that wait for the writer.
    pub(crate) waiting: usize,
    /// Bytes of memory for bodies and files.
    pub(crate) free: usize,
}

/// All of it, in Prometheus' text format.
pub(crate) fn text(metrics: &Metrics, now: &Now) -> String {
    let mut out = Text::default();
    out.family("requests_total", "counter", "Requests answered.");
    let requests = metrics
        .requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    for ((method, route, status), count) in &*requests {
        let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
        out.value("requests_total", &labels, *count as f64);
    }
    drop(requests);
    out.times(&metrics.times.lock().unwrap_or_else(PoisonError::into_inner));
    out.pools(&now.loads);

    let mut gauge = |name, kind, help, value: f64| {
        out.family(name, kind, help);
        out.value(name, "", value);
    };
    let load = |count: &AtomicUsize| count.load(Ordering::Relaxed) as f64;
    let total = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64;
    gauge(
        "connections",
        "gauge",
        "Open connections.",
        load(&metrics.connections),
    );
    gauge(
        "connections_refused_total",
        "counter",
        "Connections refused because there were too many.",
        total(&metrics.connections_refused),
    );
    gauge(
        "changes_waiting",
        "gauge",
        "Changes that wait for the writer.",
        now.waiting as f64,
    );
    gauge(
        "writes_total",
        "counter",
        "Changes acknowledged.",
        total(&metrics.written),
    );
    gauge(
        "memory_free_bytes",
        "gauge",
        "Room for bodies and files in memory.",
        now.free as f64,
    );
    gauge(
        "pictures",
        "gauge",
        "Pictures in the library.",
        now.progress.pictures() as f64,
    );
    gauge(
        "indexing",
        "gauge",
        "1 while the library is brought up to date.",
        f64::from(u8::from(now.progress.is_indexing())),
    );
    if let Some(bytes) = resident() {
        gauge(
            "resident_bytes",
            "gauge",
            "Memory of the process.",
            bytes as f64,
        );
    }
    out.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = write!(
            self.0,
            "# HELP lookalike_{name} {help}\n# TYPE lookalike_{name} {kind}\n"
        );
    }

    fn value(&mut self, name: &str, labels: &str, value: f64) {
        let _ = match labels {
            "" => writeln!(self.0, "lookalike_{name} {value}"),
            _ => writeln!(self.0, "lookalike_{name}{{{labels}}} {value}"),
        };
    }

    fn times(&mut self, times: &BTreeMap<String, Times>) {
        self.family("answer_seconds", "histogram", "Time until an answer began.");
        for (route, times) in times {
            let of = |bound: &str| format!("route=\"{route}\",le=\"{bound}\"");
            for (count, bound) in times.classes.iter().zip(BOUNDS) {
                let labels = of(&bound.to_string());
                self.value("answer_seconds_bucket", &labels, *count as f64);
            }
            self.value("answer_seconds_bucket", &of("+Inf"), times.count as f64);
            let label = format!("route=\"{route}\"");
            self.value("answer_seconds_sum", &label, times.sum);
            self.value("answer_seconds_count", &label, times.count as f64);
        }
    }

    fn pools(&mut self, loads: &[Load]) {
        let mut family = |name, kind, help, of: &dyn Fn(&Load) -> f64| {
            self.family(name, kind, help);
            for load in loads {
                let label = format!("pool=\"{}\"", load.name);
                self.value(name, &label, of(load));
            }
        };
        family(
            "pool_waiting",
            "gauge",
            "Requests that wait for a thread.",
            &|l| l.waiting as f64,
        );
        family("pool_busy", "gauge", "Threads at work.", &|l| l.busy as f64);
        family("pool_threads", "gauge", "Threads alive.", &|l| {
            l.alive as f64
        });
        family(
            "pool_refused_total",
            "counter",
            "Requests refused, the queue being full.",
            &|l| l.refused as f64,
        );
        family(
            "pool_abandoned_total",
            "counter",
            "Requests not begun, the client being gone.",
            &|l| l.abandoned as f64,
        );
    }
}

/// Bytes of memory that the process has, where the system says.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
