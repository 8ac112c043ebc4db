//! A decoder's panic ends with its file.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::error::one_line;
use super::{DecodeError, Format};

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder; its panic becomes [`DecodeError::Panicked`], and nothing is printed.
///
/// The first call puts a panic hook before the one that is there, which it leaves to speak of all
/// other panics.
pub(super) fn guarded<T>(
    format: Format,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !DECODING.get() {
                previous(info);
            }
        }));
    });
    DECODING.set(true);
    // A decoder owns all it writes to, so nothing half-written is seen after a panic.
    let result = panic::catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(false);
    result.unwrap_or_else(|panic| {
        Err(DecodeError::Panicked {
            format,
            reason: one_line(message(panic.as_ref())),
        })
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_like_any_other() {
        let result: Result<(), _> = guarded(Format::PNG, || panic!("at line {}", 7));
        assert_eq!(
            result.unwrap_err().to_string(),
            "PNG: the decoder failed: at line 7"
        );
        assert!(guarded(Format::PNG, || Ok(1)).is_ok());
    }
}
