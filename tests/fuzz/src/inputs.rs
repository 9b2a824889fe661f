//! Inputs: the seeds of a target, edited.

use std::{fmt, fs, path::PathBuf, sync::Arc};

use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_oneof},
    sample::{Index, select},
};

/// What nothing that answers may repeat.
pub const CANARY: &str = "c4n4ry";

/// What an edit puts in: what parsers take for more than a letter.
const WORDS: &[&str] = &[
    CANARY,
    "\0",
    "\r\n",
    "\n",
    " ",
    "\t",
    "\"",
    "\\",
    "'",
    "<",
    "%",
    "%00",
    "%0d%0a",
    "%ff",
    "+",
    "&",
    "=",
    ";",
    ":",
    ",",
    ".",
    "..",
    "/",
    "//",
    "?",
    "#",
    "@",
    "*",
    "[",
    "]",
    "{",
    "}",
    "null",
    "true",
    "-1",
    "1e400",
    "99999999999999999999",
    "\u{e9}",
    "\u{202e}",
    "\u{feff}",
    "\u{7f}",
    "none",
    "HS256",
    "EdDSA",
    "ES256",
    "client_id=",
    "client_secret=",
    "scope=",
    "code=",
    "redirect_uri=",
    "https://",
    "http://127.0.0.1:1",
    "javascript:",
    "localhost",
    "\u{ff0e}",
    "Basic ",
    "Bearer ",
    "{\"a\":",
    "[[[[[[[[",
    "\"crit\":[],",
    "\"b64\":false,",
    "\"aud\":[],",
    "AAAA",
    "====",
    "web",
    "admin",
];

/// An input, which prints as a byte string.
#[derive(Clone)]
pub struct Input(pub Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Put(Index, u8),
    Word(Index, &'static str),
    Cut(Index, Index),
    Repeat(Index, Index, u8),
    Splice(Index, Index, Index),
    Swap(Index, Index),
}

/// The seeds of a target, in `seeds/` under its name.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "seeds", target].iter().collect();
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("no {}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}

/// Seeds with up to eight edits.
pub fn edited(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Input> {
    let seeds: Arc<[Vec<u8>]> = seeds.into();
    let at = any::<Index>;
    let edit = prop_oneof![
        (at(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        (at(), select(WORDS)).prop_map(|(at, word)| Edit::Word(at, word)),
        (at(), at()).prop_map(|(from, to)| Edit::Cut(from, to)),
        (at(), at(), 1..40_u8).prop_map(|(from, to, times)| Edit::Repeat(from, to, times)),
        (at(), at(), at()).prop_map(|(other, from, to)| Edit::Splice(other, from, to)),
        (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
    ];
    (at(), vec(edit, 0..9)).prop_map(move |(first, edits)| {
        let mut input = first.get(&seeds).clone();
        edits.iter().for_each(|edit| edit.apply(&mut input, &seeds));
        Input(input)
    })
}

impl Edit {
    fn apply(&self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let end = input.len() + 1;
        match self {
            Self::Flip(at, bit) if !input.is_empty() => *at.get_mut(input) ^= 1 << bit,
            Self::Put(at, byte) => input.insert(at.index(end), *byte),
            Self::Word(at, word) => {
                let at = at.index(end);
                drop(input.splice(at..at, word.bytes()));
            }
            Self::Cut(from, to) => drop(input.drain(range(from, to, input.len()))),
            Self::Repeat(from, to, times) => {
                let range = range(from, to, input.len().min(1_000));
                let part = input[range.clone()].repeat(usize::from(*times));
                drop(input.splice(range, part));
            }
            Self::Splice(other, from, to) => {
                let other = other.get(seeds);
                let own = range(from, to, input.len());
                drop(input.splice(own, other[range(to, from, other.len())].iter().copied()));
            }
            Self::Swap(one, other) if !input.is_empty() => {
                let length = input.len();
                input.swap(one.index(length), other.index(length));
            }
            Self::Flip(..) | Self::Swap(..) => {}
        }
    }
}

/// What is between two places.
fn range(one: &Index, other: &Index, length: usize) -> std::ops::Range<usize> {
    let (one, other) = (one.index(length + 1), other.index(length + 1));
    one.min(other)..one.max(other)
}
