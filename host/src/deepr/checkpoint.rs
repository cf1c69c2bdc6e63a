//! Checkpoints: everything a run needs to go on to the same bits, with format version, checksum and state hash.
//!
//! # File
//! Little endian. [`MAGIC`]; format version u32; length of the header u32; the header in JSON (configuration, samples
//! an epoch, samples done, history, counters, state hash); then of each layer from the input its indices (u16), weights,
//! errors and owed samples (i16); CRC-32 of everything before it. A file appears whole or not at all: it is written
//! beside its place and renamed.

use super::layout::LayerShape;
use super::native::Counters;
use super::network::{Layer, Network, shapes};
use super::train::{Config, Epoch};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// First bytes of a checkpoint.
pub const MAGIC: [u8; 8] = *b"SYNFDEEP";
/// Format version that this program writes and reads.
pub const VERSION: u32 = 2;

/// The state of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub config: Config,
    pub network: Network,
    /// Training images of an epoch.
    pub samples: u32,
    /// Training samples done.
    pub step: u32,
    /// Complete epochs.
    pub history: Vec<Epoch>,
    /// Counters of the epoch that is not complete.
    pub counters: Counters,
}

#[derive(Serialize, Deserialize)]
struct Header {
    config: Config,
    samples: u32,
    step: u32,
    history: Vec<Epoch>,
    counters: Counters,
    state_hash: String,
}

/// Why a checkpoint cannot be read, written or used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    #[error("cannot read checkpoint {}: {source}; check the path and its permissions", .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "cannot write checkpoint {}: {source}; nothing was left half-written, free space or name another folder",
        .path.display()
    )]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is not a checkpoint of this program; name one that `train deepr` wrote", .path.display())]
    NotACheckpoint { path: PathBuf },
    #[error(
        "{} has checkpoint format {found}, this program reads format {VERSION}; use the program that wrote it or train anew",
        .path.display()
    )]
    Version { path: PathBuf, found: u32 },
    #[error("{} is damaged ({what}); use an earlier checkpoint or train anew", .path.display())]
    Damaged { path: PathBuf, what: String },
    #[error(
        "the checkpoint was made for {theirs} and {ours} is asked for; resume with the same settings or train anew"
    )]
    OtherRun { theirs: String, ours: String },
}

/// How a run is named in errors.
fn describe(c: &Config) -> String {
    let list = |v: &[usize], between: &str| {
        v.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(between)
    };
    format!(
        "network {} with {} slots a row, seed {}, {} epochs",
        list(&c.widths, "-"),
        list(&c.slots, "/"),
        c.seed,
        c.hyper.epochs
    )
}

impl Checkpoint {
    /// Hash of the trained state by global id, 64 hexadecimal digits: BLAKE3 over seed and step, then of each layer
    /// its shape (inputs, rows, slots), its slots in order (row, slot) as index and weight, and its rows' errors and
    /// owed samples; u32 for seed, step and shape, 16 bits for the rest, little endian. Where a network lies in a
    /// machine's SRAM does not enter.
    pub fn state_hash(&self) -> String {
        let mut h = blake3::Hasher::new();
        for v in [self.config.seed, self.step] {
            h.update(&v.to_le_bytes());
        }
        for l in &self.network.layers {
            for v in [l.shape.n_in, l.shape.n_out, l.shape.slots] {
                h.update(&(v as u32).to_le_bytes());
            }
            for (i, w) in l.index.iter().zip(&l.weight) {
                h.update(&i.to_le_bytes());
                h.update(&w.to_le_bytes());
            }
            for v in l.delta.iter().chain(&l.owed) {
                h.update(&v.to_le_bytes());
            }
        }
        h.finalize().to_hex().to_string()
    }

    /// Refuses to go on with other settings than the run was begun with.
    ///
    /// # Errors
    /// [`CheckpointError::OtherRun`].
    pub fn expect(&self, config: &Config) -> Result<(), CheckpointError> {
        if self.config == *config {
            return Ok(());
        }
        let (mut theirs, mut ours) = (describe(&self.config), describe(config));
        if theirs == ours {
            theirs = format!("{:?}", self.config.hyper);
            ours = format!("{:?}", config.hyper);
        }
        Err(CheckpointError::OtherRun { theirs, ours })
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// A configuration that JSON cannot hold (a rate that is not a number).
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let header = serde_json::to_vec(&Header {
            config: self.config.clone(),
            samples: self.samples,
            step: self.step,
            history: self.history.clone(),
            counters: self.counters.clone(),
            state_hash: self.state_hash(),
        })?;
        let mut b = MAGIC.to_vec();
        b.extend(VERSION.to_le_bytes());
        b.extend((header.len() as u32).to_le_bytes());
        b.extend(header);
        for l in &self.network.layers {
            b.extend(l.index.iter().flat_map(|v| v.to_le_bytes()));
            for list in [&l.weight, &l.delta, &l.owed] {
                b.extend(list.iter().flat_map(|v| v.to_le_bytes()));
            }
        }
        b.extend(crc32fast::hash(&b).to_le_bytes());
        Ok(b)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`CheckpointError::Write`]: folder missing or not writable, disk full.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let fail = |source| CheckpointError::Write {
            path: path.into(),
            source,
        };
        let bytes = self
            .to_bytes()
            .map_err(|e| fail(std::io::Error::other(e)))?;
        let folder = match path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
        file.write_all(&bytes).map_err(fail)?;
        file.as_file().sync_all().map_err(fail)?;
        file.persist(path).map_err(|e| fail(e.error))?;
        Ok(())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// No file, no checkpoint, another format version, or damage.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = std::fs::read(path).map_err(|source| CheckpointError::Read {
            path: path.into(),
            source,
        })?;
        Self::from_bytes(path, &bytes)
    }

    /// Reads the bytes of a file; `path` names it in errors.
    ///
    /// # Errors
    /// No checkpoint, another format version, or damage.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let damaged = |what: &str| CheckpointError::Damaged {
            path: path.into(),
            what: what.into(),
        };
        if !bytes.starts_with(&MAGIC) {
            return Err(CheckpointError::NotACheckpoint { path: path.into() });
        }
        let word = |at: usize| match bytes.get(at..at + 4) {
            Some(&[a, b, c, d]) => Ok(u32::from_le_bytes([a, b, c, d])),
            _ => Err(damaged("it ends within the header")),
        };
        // The version comes before the checksum: another format may have its checksum elsewhere.
        let found = word(8)?;
        if found != VERSION {
            return Err(CheckpointError::Version {
                path: path.into(),
                found,
            });
        }
        let header_end = 16 + word(12)? as usize;
        let end = bytes.len() - 4;
        if end < header_end {
            return Err(damaged("it ends within the header"));
        }
        if word(end)? != crc32fast::hash(&bytes[..end]) {
            return Err(damaged("its checksum is wrong"));
        }
        let header: Header = serde_json::from_slice(&bytes[16..header_end])
            .map_err(|e| damaged(&format!("its header says nonsense: {e}")))?;
        let shapes = shapes(&header.config.widths, &header.config.slots)
            .map_err(|e| damaged(&e.to_string()))?;
        let mut rest = Halves(&bytes[header_end..end]);
        let layers = shapes
            .iter()
            .map(|&shape| rest.layer(shape))
            .collect::<Option<Vec<_>>>()
            .filter(|_| rest.0.is_empty())
            .ok_or_else(|| damaged("its length is not that of the network"))?;
        if layers.iter().any(|l| !sound(l)) {
            return Err(damaged("a connection's position is impossible"));
        }
        let state = Checkpoint {
            config: header.config,
            network: Network { layers },
            samples: header.samples,
            step: header.step,
            history: header.history,
            counters: header.counters,
        };
        if state.state_hash() != header.state_hash {
            return Err(damaged("its state does not have the hash in its header"));
        }
        let complete = state.history.len() as u64 * u64::from(state.samples);
        let counters = [&state.counters.rows, &state.counters.redrawn];
        if state.samples == 0
            || u64::from(state.step) < complete
            || u64::from(state.step) > complete + u64::from(state.samples)
            || counters.iter().any(|c| c.len() != shapes.len())
        {
            return Err(damaged("its figures do not fit each other"));
        }
        Ok(state)
    }
}

/// Distinct positions within each row, all below the number of inputs.
fn sound(l: &Layer) -> bool {
    l.index.chunks(l.shape.slots).all(|row| {
        row.iter()
            .enumerate()
            .all(|(c, i)| usize::from(*i) < l.shape.n_in && !row[..c].contains(i))
    })
}

struct Halves<'a>(&'a [u8]);

impl Halves<'_> {
    fn take(&mut self, n: usize) -> Option<Vec<u16>> {
        let (now, rest) = self.0.split_at_checked(2 * n)?;
        self.0 = rest;
        Some(
            now.chunks_exact(2)
                .map(|b| u16::from_le_bytes([b[0], b[1]]))
                .collect(),
        )
    }

    fn signed(&mut self, n: usize) -> Option<Vec<i16>> {
        Some(self.take(n)?.into_iter().map(|v| v as i16).collect())
    }

    fn layer(&mut self, shape: LayerShape) -> Option<Layer> {
        let entries = shape.n_out * shape.slots;
        Some(Layer {
            shape,
            index: self.take(entries)?,
            weight: self.signed(entries)?,
            delta: self.signed(shape.n_out)?,
            owed: self.signed(shape.n_out)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;
    use crate::deepr::train::{Progress, Run};
    use std::ops::ControlFlow;

    fn config() -> Config {
        let mut c = Config::digits(1);
        c.hyper.epochs = 3;
        c
    }

    fn trained() -> Run {
        let d = digits::load().unwrap();
        let mut run = Run::new(config(), d.train.len()).unwrap();
        let mut go = |_: Progress| ControlFlow::Continue(());
        run.epoch(&d.train, &d.validation, &mut go).unwrap();
        run
    }

    #[test]
    fn a_run_stopped_in_the_middle_and_resumed_has_the_bits_of_one_that_was_not() {
        let d = digits::load().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.ckpt");
        let mut go = |_: Progress| ControlFlow::Continue(());
        let mut whole = Run::new(config(), d.train.len()).unwrap();
        while !whole.is_done() {
            whole.epoch(&d.train, &d.validation, &mut go).unwrap();
        }
        let mut stopped = trained();
        let mut stop = |p: Progress| {
            if p.done >= 600 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        assert_eq!(
            stopped.epoch(&d.train, &d.validation, &mut stop).unwrap(),
            None
        );
        stopped.checkpoint().save(&path).unwrap();
        let loaded = Checkpoint::load(&path).unwrap();
        assert_eq!(loaded, stopped.checkpoint());
        loaded.expect(&config()).unwrap();
        let mut resumed = Run::resume(loaded, d.train.len()).unwrap();
        while !resumed.is_done() {
            resumed.epoch(&d.train, &d.validation, &mut go).unwrap();
        }
        assert_eq!(resumed.checkpoint(), whole.checkpoint());
        assert_eq!(
            resumed.checkpoint().state_hash(),
            whole.checkpoint().state_hash()
        );
        // The comparison can fail: one LSB of one weight changes checkpoint and hash.
        let mut other = whole.checkpoint();
        other.network.layers[1].weight[5] ^= 1;
        assert_ne!(other, resumed.checkpoint());
        assert_ne!(other.state_hash(), resumed.checkpoint().state_hash());
    }

    #[test]
    fn damage_anywhere_is_refused_and_never_read_as_a_state() {
        let bytes = trained().checkpoint().to_bytes().unwrap();
        let text = |b: &[u8]| {
            Checkpoint::from_bytes(Path::new("c"), b)
                .unwrap_err()
                .to_string()
        };
        for at in (0..bytes.len()).step_by(61) {
            let mut broken = bytes.clone();
            broken[at] ^= 0x40;
            let t = text(&broken);
            assert!(
                t.contains("damaged") || t.contains("not a checkpoint") || t.contains("format"),
                "byte {at}: {t}"
            );
        }
        for length in (0..bytes.len()).step_by(997) {
            text(&bytes[..length]);
        }
        assert_eq!(
            text(&bytes[..bytes.len() - 1]),
            "c is damaged (its checksum is wrong); use an earlier checkpoint or train anew"
        );
    }

    #[test]
    fn another_version_or_another_run_is_refused_with_both_named() {
        let state = trained().checkpoint();
        let mut bytes = state.to_bytes().unwrap();
        bytes[8] = 9;
        assert_eq!(
            Checkpoint::from_bytes(Path::new("c"), &bytes)
                .unwrap_err()
                .to_string(),
            "c has checkpoint format 9, this program reads format 2; use the program that wrote it or train anew"
        );
        let mut asked = config();
        asked.slots[0] = 4;
        assert_eq!(
            state.expect(&asked).unwrap_err().to_string(),
            "the checkpoint was made for network 64-64-32-10 with 8/8/16 slots a row, seed 1, 3 epochs and network \
             64-64-32-10 with 4/8/16 slots a row, seed 1, 3 epochs is asked for; resume with the same settings or train anew"
        );
    }

    #[test]
    fn a_checkpoint_that_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let state = trained().checkpoint();
        let missing = folder.path().join("no/such/run.ckpt");
        let text = state.save(&missing).unwrap_err().to_string();
        assert!(text.starts_with("cannot write checkpoint"), "{text}");
        // A folder in the file's place: the rename fails after the bytes were written.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        state.save(&taken).unwrap_err();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
