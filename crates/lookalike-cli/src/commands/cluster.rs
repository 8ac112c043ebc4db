//! `lookalike cluster`.

mod page;

use super::updated;
use crate::cli::cluster::ClusterArgs;
use crate::exit::Exit;
use crate::options::Options;
use crate::output::json;
use crate::output::progress::Steps;
use crate::output::table::count;
use crate::output::{self, Out, files, notes, paths};
use crate::{input, place};
use anyhow::{Context, Result};
use lookalike::json::JsonCluster;
use lookalike::{AskedSettings, Cluster, ClusterOptions, Clusters, Library};
use page::Page;
use std::io::Write;
use std::path::Path;

/// Brings the library up to date, groups its pictures, and prints the groups or draws them.
pub fn run(args: &ClusterArgs, options: &Options) -> Result<Exit> {
    let dir = args.dir.as_deref();
    if let Some(html) = &args.html {
        // Told before the work and not after it.
        files::check_place(html).with_context(|| input::shown(html))?;
    }
    let (library, updated) = if args.no_index {
        (Library::open(&place::existing(options, dir)?)?, Exit::Done)
    } else {
        updated::open(options, dir, &AskedSettings::default())?
    };
    if updated == Exit::Interrupted {
        return Ok(updated);
    }
    let shown = place::Shown::new(&library, dir);
    let clusters = clusters(&library, args, &shown, options)?;
    if args.html.is_none() || options.json {
        let mut out = output::stdout();
        for (i, cluster) in clusters.groups.iter().enumerate() {
            print(&mut out, i + 1, cluster, &shown, options)?;
        }
        output::finish(out)?;
    }
    let mut unreadable = 0;
    if let Some(html) = &args.html {
        let page = Page {
            clusters: &clusters,
            shown: &shown,
            options,
        };
        unreadable = page.write(html).with_context(|| input::shown(html))?;
    }
    notes::note(options, &summary(&clusters));
    Ok(if updated == Exit::Error || unreadable > 0 {
        Exit::Error
    } else if clusters.groups.is_empty() {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

fn clusters(
    library: &Library,
    args: &ClusterArgs,
    shown: &place::Shown,
    options: &Options,
) -> Result<Clusters> {
    let bar = Steps::new(options, "comparisons");
    let progress = |done, total| bar.set(done, total);
    let keep = |path: &Path| shown.is_inside(path);
    Ok(library.clusters(&ClusterOptions {
        min_size: args.min_size,
        min_score: args.min_score,
        keep: shown
            .is_part()
            .then_some(&keep as &(dyn Fn(&Path) -> bool + Sync)),
        threads: options.threads.clone(),
        progress: Some(&progress),
    })?)
}

/// How many groups there are, and what is in none.
fn summary(clusters: &Clusters) -> String {
    let grouped: usize = clusters.groups.iter().map(|c| c.pictures.len()).sum();
    format!(
        "{} of {}; {} in none (least mean cosine: {:.3})",
        count(clusters.groups.len() as u64, "group"),
        count(grouped as u64, "picture"),
        clusters.alone,
        clusters.min_score,
    )
}

/// A group: as JSON, or its paths with an empty line behind.
fn print(
    out: &mut Out,
    number: usize,
    cluster: &Cluster,
    shown: &place::Shown,
    options: &Options,
) -> Result<()> {
    if options.json {
        return json::line(out, &JsonCluster::new(number, cluster));
    }
    if options.terminal {
        let (faint, off) = notes::paint(options.color, "2");
        let size = count(cluster.pictures.len() as u64, "picture");
        let label = cluster.label.as_deref();
        let label = label.map_or(String::new(), |label| format!("{label}: "));
        let score = cluster.score;
        writeln!(
            out,
            "{faint}{number}. {off}{label}{faint}{size}, {score:.3}{off}"
        )?;
    }
    let sources = cluster.pictures.iter().flat_map(|p| &p.sources);
    paths::group(out, options, shown, sources)
}
