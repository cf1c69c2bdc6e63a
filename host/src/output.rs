//! Writing results: a file appears whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// Why a result could not be written; nothing of it is left behind.
#[derive(Debug, Error)]
#[error("{path} cannot be written: {source}; choose a directory that is writable and has room", path = .path.display())]
pub struct OutputError {
    /// What was to be written.
    pub path: PathBuf,
    source: std::io::Error,
}

/// Writes `bytes` to `path`, making its directory: aside first, then renamed, so a reader sees the old file or the new
/// one, and a full disk leaves the old one.
///
/// # Errors
/// [`OutputError`]: the directory is not writable, or full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let fail = |source| OutputError {
        path: path.into(),
        source,
    };
    let directory = match path.parent() {
        Some(d) if !d.as_os_str().is_empty() => d,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(directory).map_err(fail)?;
    let mut file = NamedTempFile::new_in(directory).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    // A temporary file is private to its maker; a result is as readable as any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(fail)?;
    }
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_replaces_the_old_file_and_leaves_nothing_beside_it() {
        let d = tempfile::tempdir().unwrap();
        let path = d.path().join("sub/x.txt");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_takes_no_file_is_named_with_the_next_step() {
        let d = tempfile::tempdir().unwrap();
        let file = d.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let text = write_whole(&file.join("x"), b"").unwrap_err().to_string();
        assert!(text.contains("cannot be written"), "{text}");
        assert!(text.contains("choose a directory"), "{text}");
    }
}
