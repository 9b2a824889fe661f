//! Where the store of a world keeps what it is given.

use std::fs;

use crate::postgres::Schema;

/// A place that is gone when the last world on it is.
#[derive(Debug)]
pub(crate) enum Place {
    /// In memory.
    Nowhere,
    /// Files.
    Directory(tempfile::TempDir),
    /// Tables.
    Schema(Schema),
}

impl Place {
    /// Everything in it: of files the journal, too, and what else is beside them.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        match self {
            Self::Nowhere => Vec::new(),
            Self::Directory(directory) => fs::read_dir(directory.path())
                .expect("a directory")
                .flat_map(|entry| fs::read(entry.expect("an entry").path()).expect("a file"))
                .collect(),
            Self::Schema(schema) => schema.dump().await,
        }
    }
}
