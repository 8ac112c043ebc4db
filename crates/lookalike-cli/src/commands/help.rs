//! `lookalike completions` and `lookalike man`.

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output;
use anyhow::Result;
use clap::CommandFactory;
use std::io::Write;

/// Prints the completions of a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lookalike", &mut script);
    print(&script)
}

/// Prints the manual page: the program first, then each command.
pub fn man() -> Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in command.get_subcommands() {
        let name = format!("LOOKALIKE {}", subcommand.get_name().to_uppercase());
        writeln!(page, ".SH \"{name}\"")?;
        let man = clap_mangen::Man::new(subcommand.clone());
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    print(&page)
}

fn print(bytes: &[u8]) -> Result<Exit> {
    let mut out = output::stdout();
    out.write_all(bytes)?;
    output::finish(out)?;
    Ok(Exit::Done)
}
