//! Who may ask.

use crate::{Error, Result};
use std::fmt;
use std::path::Path;

/// A secret that every request must carry. Only its hash is kept.
#[derive(Clone)]
pub struct Token(blake3::Hash);

impl Token {
    /// Characters that a token must have.
    pub const LEAST: usize = 16;

    /// The token that is the one line of a file.
    ///
    /// # Errors
    /// [`Error::TokenFile`], [`Error::BadToken`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::TokenFile {
            path: path.to_path_buf(),
            source,
        })?;
        Self::new(text.trim()).ok_or_else(|| Error::BadToken {
            path: path.to_path_buf(),
            least: Self::LEAST,
        })
    }

    /// This token; `None` where it is too short, or holds what cannot be sent in a header.
    pub fn new(token: &str) -> Option<Self> {
        let fits = token.len() >= Self::LEAST && token.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(blake3::hash(token.as_bytes())))
    }

    /// Whether a request's `Authorization` carries it. Hashes are compared, in constant time, so
    /// that the time of the answer says nothing about the token.
    pub(crate) fn admits(&self, authorization: Option<&[u8]>) -> bool {
        const SCHEME: &[u8] = b"bearer ";
        let given = authorization.and_then(|value| {
            let (scheme, token) = value.split_at_checked(SCHEME.len())?;
            scheme.eq_ignore_ascii_case(SCHEME).then_some(token)
        });
        given.is_some_and(|token| blake3::hash(token.trim_ascii()) == self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn only_the_whole_token_is_let_in() {
        let token = Token::new("0123456789abcdef").unwrap();
        let admits = |value: &str| token.admits(Some(value.as_bytes()));
        assert!(admits("Bearer 0123456789abcdef") && admits("bearer  0123456789abcdef"));
        let wrong = [
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdefg",
            "Bearer",
            "Bearer ",
        ];
        assert!(!wrong.iter().any(|value| admits(value)));
        assert!(!admits("Basic 0123456789abcdef") && !admits("0123456789abcdef"));
        assert!(!token.admits(None) && !token.admits(Some(b"\xff\xff")));
    }

    #[test]
    fn weak_tokens_are_refused() {
        for weak in ["", "short", "0123456789 bcdef", "0123456789abcde\u{e9}"] {
            assert!(Token::new(weak).is_none(), "{weak}");
        }
    }
}
