//! The data arguments that training and evaluation share.

use crate::data::{Dataset, Splits, digits, idx};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct DataArguments {
    /// Directory with MNIST's IDX files, plain or gzipped (the training pair, and t10k files as the test set if there);
    /// without it the embedded 8 x 8 digits
    #[arg(long)]
    data: Option<PathBuf>,
    /// IDX file of test images
    #[arg(long, requires = "test_labels")]
    test_images: Option<PathBuf>,
    /// IDX file of test labels
    #[arg(long, requires = "test_images")]
    test_labels: Option<PathBuf>,
}

impl DataArguments {
    /// True for the embedded digits.
    pub fn embedded(&self) -> bool {
        self.data.is_none()
    }

    /// The arguments as they are written, for a line that runs something again.
    pub fn line(&self) -> Option<String> {
        self.data
            .as_ref()
            .map(|d| format!("--data {}", d.display()))
    }

    /// Reads what the arguments name.
    pub fn load(&self) -> anyhow::Result<Splits> {
        let mut splits = match &self.data {
            Some(dir) => idx::load_dir(dir, None)?,
            None => digits::load()?,
        };
        if let (Some(images), Some(labels)) = (&self.test_images, &self.test_labels) {
            let size = (splits.train.height, splits.train.width);
            splits.test = Some(idx::load_pair(images, labels, Some(size))?);
        }
        Ok(splits)
    }

    /// The set named by `part`: train, validation or test.
    pub fn part(&self, part: Part) -> anyhow::Result<Dataset> {
        let splits = self.load()?;
        match part {
            Part::Train => Ok(splits.train),
            Part::Validation => Ok(splits.validation),
            Part::Test => splits.test.ok_or_else(|| {
                anyhow::anyhow!(
                    "there is no test set: put t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte beside the training files, or name files with --test-images and --test-labels"
                )
            }),
        }
    }
}

/// Which images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    Train,
    Validation,
    Test,
}
