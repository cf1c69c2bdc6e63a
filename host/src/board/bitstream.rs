//! Evidence for a bitstream: unpacked and packed again it is the same, byte by byte, and one bit changed is seen.

use super::Board;
use super::build::BuildError;
use crate::synth::{SynthError, run};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A bitstream that was unpacked and packed again to the same bytes, and whose changed twin was told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repacked {
    pub bytes: u64,
    /// Bytes in which the bitstream with one bit of its logic changed differs.
    pub changed_bytes: u64,
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|source| BuildError::Unreadable {
        path: path.into(),
        source,
    })
}

/// Bytes in which two files differ, a difference in length counted.
fn differing(a: &[u8], b: &[u8]) -> u64 {
    let common = a.iter().zip(b).filter(|(x, y)| x != y).count();
    (common + a.len().abs_diff(b.len())) as u64
}

/// Unpacks, packs and compares; files go to `directory`, which is made and may be thrown away.
///
/// # Errors
/// [`BuildError::NoUnpacker`] for a family without one; [`BuildError::Repack`] where bytes differ, or where a changed bit
/// makes no difference.
pub fn check(board: &Board, bitstream: &Path, directory: &Path) -> Result<Repacked, BuildError> {
    let flow = board.family.flow();
    // Read and written by names within `directory`: the tools see a /tmp of their own.
    let original = read(bitstream)?;
    crate::output::write_whole(&directory.join("given.bin"), &original)?;
    let missing = || SynthError::from(flow.packages()[1].missing());
    let unpack = |from: &str, to: &str| -> Result<(), BuildError> {
        let command = flow.unpack(from, to);
        let mut command = command.ok_or(BuildError::NoUnpacker {
            family: flow.name(),
        })?;
        Ok(run(
            "the unpacker",
            command.current_dir(directory),
            missing(),
        )?)
    };
    let pack = |from: &str, to: &str| -> Result<Vec<u8>, BuildError> {
        let mut command = flow.pack(board, from, to);
        run("the packer", command.current_dir(directory), missing())?;
        read(&directory.join(to))
    };
    let refused = |what: String| BuildError::Repack {
        bitstream: bitstream.into(),
        what,
    };

    unpack("given.bin", "unpacked.txt")?;
    let again = pack("unpacked.txt", "again.bin")?;
    let different = differing(&original, &again);
    if different > 0 {
        return Err(refused(format!(
            "unpacked and packed again it differs in {different} of {} bytes",
            original.len()
        )));
    }
    // The same way with one bit changed must end elsewhere, or the comparison above says nothing.
    let text = String::from_utf8_lossy(&read(&directory.join("unpacked.txt"))?).into_owned();
    let changed = flow.flip(&text);
    let changed = changed.ok_or_else(|| refused("it holds no logic".into()))?;
    crate::output::write_whole(&directory.join("changed.txt"), changed.as_bytes())?;
    let twin = pack("changed.txt", "changed.bin")?;
    unpack("changed.bin", "changed_again.txt")?;
    let back = read(&directory.join("changed_again.txt"))?;
    let changed_bytes = differing(&original, &twin);
    if changed_bytes == 0 || back == text.as_bytes() {
        return Err(refused(
            "one bit of its logic changed makes no difference".into(),
        ));
    }
    Ok(Repacked {
        bytes: original.len() as u64,
        changed_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted_and_so_is_length() {
        assert_eq!(differing(b"abc", b"abc"), 0);
        assert_eq!(differing(b"abc", b"axc"), 1);
        assert_eq!(differing(b"abc", b"abcd"), 1);
    }

    #[test]
    fn a_family_without_an_unpacker_says_so() {
        let board = Board::by_name("tangnano20k").unwrap();
        let d = tempfile::tempdir().unwrap();
        let given = d.path().join("x.fs");
        std::fs::write(&given, "").unwrap();
        assert_eq!(
            check(&board, &given, d.path()).unwrap_err().to_string(),
            "no tool unpacks a Gowin bitstream to what can be packed again: leave out --check-bitstream"
        );
    }
}
