//! What the command line says about the names of files.

/// Names of pages and types of endings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The page of a folder: the first of these that is there.
    pub indexes: Vec<Box<str>>,
    /// Media types, by the ending in lower case.
    pub types: Vec<(Box<str>, Box<str>)>,
}

impl Default for Naming {
    fn default() -> Self {
        Self { indexes: vec!["index.html".into()], types: Vec::new() }
    }
}
