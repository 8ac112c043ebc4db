//! `lookalike serve`.

use super::index::MadeArgs;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  lookalike serve ~/Pictures            a page at http://127.0.0.1:7878/, for this machine only
  lookalike serve ~/Pictures --watch    new pictures are found within seconds
  curl --data-binary @photo.jpg 'http://127.0.0.1:7878/v1/search?by=same&top=3'
  curl -T new.jpg 'http://127.0.0.1:7878/v1/pictures?path=trip/new.jpg'
  head -c 24 /dev/urandom | base64 > token
  lookalike serve --listen 0.0.0.0:7878 --token-file token --host pictures.home";

/// Search a library in the browser, and over HTTP
///
/// Serves a page to search the library of DIR by picture, and an interface for programs: /docs
/// describes it, /openapi.json does so for programs. The library is brought up to date in the
/// background; searches do not wait for that. Answers are the objects that --json prints elsewhere.
///
/// Only this machine can reach it, unless --listen says otherwise, which needs a token. Ctrl-C ends
/// it when requests in hand are answered.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// The folder of pictures [default: the folder of the library here or above, else this one]
    pub dir: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    pub listen: String,
    /// Answer only who sends the token in this file, as `Authorization: Bearer TOKEN`; needed where
    /// other machines can reach the address
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A name by which browsers reach this server, besides localhost and IP addresses; may be
    /// repeated
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Follow the folder: what changes is found within seconds
    #[arg(long, conflicts_with = "no_index")]
    pub watch: bool,
    /// Do not bring the library up to date when the server starts
    #[arg(long)]
    pub no_index: bool,
    /// Let nobody add, replace or delete pictures
    #[arg(long)]
    pub read_only: bool,
    /// Fetch pictures from public addresses of the Internet where a search asks for it
    #[arg(long)]
    pub allow_url: bool,
    /// Refuse bodies of more than N million bytes
    #[arg(long, value_name = "N", default_value_t = 64.0)]
    pub max_body: f64,
    /// Refuse pictures sent with more than N million pixels
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    pub max_megapixels: f64,
    /// Let at most N requests wait for a free thread; the others are told to come back
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub queue: usize,
    /// Give an answer up after N seconds
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub timeout: u64,
    #[command(flatten)]
    pub made: MadeArgs,
}
