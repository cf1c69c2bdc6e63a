//! `synfire`: the command line of the Synfire machine.

fn main() -> std::process::ExitCode {
    synfire::cli::main()
}
