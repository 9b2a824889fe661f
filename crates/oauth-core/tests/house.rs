//! The house keeps its floors: a room uses only rooms below it, and what has one owner has one.

#![expect(clippy::unwrap_used, reason = "sources that cannot be read end the test")]

use std::{fs, path::Path};

/// The rooms of the crate, from the ground up. Rooms on one floor do not know each other.
const FLOORS: [&[&str]; 11] = [
    &["causes", "clock", "flights", "http_types", "json"],
    &["model", "fetch"],
    &["random", "crypto"],
    &["wire", "store", "chosen_secret", "jwt"],
    &["error", "events", "throttle", "remote_keys"],
    &["client_documents", "keys"],
    &["context"],
    &["client_auth"],
    &["grant_type"],
    &["token"],
    &["endpoint", "guard", "https"],
];
const TOP: &str = "server";

fn floor(room: &str) -> Option<usize> {
    if room == TOP {
        return Some(FLOORS.len());
    }
    FLOORS.iter().position(|floor| floor.contains(&room))
}

/// Every source file: its room, its path, and its code without comments and tests.
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let read = |path: &std::path::PathBuf| {
        let inside = path.strip_prefix(&root).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let code = fs::read_to_string(path).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        (room.to_owned(), inside.display().to_string(), lines.collect::<Vec<_>>().join("\n"))
    };
    files.iter().map(read).filter(|(room, ..)| room != "lib").collect()
}

fn collect(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The rooms that a file names: `crate::room` in a path, or `room` in a `use crate::{…}` list.
fn named_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            rooms.extend(first_names(list));
        } else {
            rooms.extend(identifier(rest));
        }
    }
    rooms
}

fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut names, mut begin) = (1, Vec::new(), true);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => begin = true,
            c if c.is_alphabetic() && begin && depth == 1 => {
                names.extend(identifier(&list[at..]));
                begin = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn identifier(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    for (room, path, code) in sources() {
        let own = floor(&room).unwrap_or_else(|| panic!("{path}: the room has no floor"));
        for named in named_rooms(&code) {
            let Some(other) = floor(&named) else { continue };
            assert!(named == room || other < own, "{path} uses `{named}` above or beside it");
        }
    }
}

#[test]
fn what_has_one_owner_has_one() {
    let owners = [
        ("SystemTime", "clock.rs"),
        ("getrandom::", "random.rs"),
        ("rand::fill", "random.rs"),
        ("StatusCode::SEE_OTHER", "wire/redirect.rs"),
        ("header::LOCATION", "wire/redirect.rs"),
        ("jsonwebtoken::", "crypto/"),
        ("Argon2", "chosen_secret.rs"),
        ("token_type: \"Bearer\"", "token/minting.rs"),
    ];
    for (what, owner) in owners {
        for (_, path, code) in sources() {
            // `SecretHash::Argon2id` is what is kept, not the hashing.
            let code = code.replace("Argon2id", "");
            assert!(
                path == owner
                    || owner.ends_with('/') && path.starts_with(owner)
                    || !code.contains(what),
                "{path} does the work of {owner}: {what}"
            );
        }
    }
}

#[test]
fn nobody_but_client_authentication_makes_an_authenticated_client() {
    for (room, path, code) in sources() {
        let makes = code.contains("AuthenticatedClient::new");
        assert!(room == "client_auth" || !makes, "{path} makes an authenticated client");
    }
}
