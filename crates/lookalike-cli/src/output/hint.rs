//! What to type after an error.

use lookalike::{EmbedError, Error};
use lookalike_server::Error as ServerError;

/// What helps against an error, where a command or a flag does.
pub fn of(error: &anyhow::Error) -> Option<&'static str> {
    error
        .chain()
        .find_map(|cause| match cause.downcast_ref::<ServerError>() {
            Some(ServerError::NoToken { .. }) => Some("--token-file FILE names one"),
            Some(ServerError::Library(error)) => of_library(error),
            _ => of_library(cause.downcast_ref()?),
        })
}

fn of_library(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NoLibrary { .. } => "`lookalike index` makes one",
        Error::Outdated { .. } => {
            "`lookalike index` brings it up to date without reading a picture"
        }
        Error::ReadOnly { .. } => "use --library to keep it elsewhere",
        Error::Damaged { .. } => "`lookalike check` tells more",
        Error::SettingDiffers { .. } => "delete it or use another --library",
        Error::ModelGone { .. } => "name its place with --model",
        Error::ModelDiffers { .. } => "put it back, or index again with --model",
        Error::Embed(EmbedError::UnknownWords { .. }) => {
            "any words can be asked with a model that has a text tower: index --model PATH"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of;
    use anyhow::Context;
    use lookalike::Error;
    use lookalike_server::Error as ServerError;

    #[test]
    fn an_error_is_known_below_others() {
        let none = || Error::NoLibrary { path: "a".into() };
        let told = |error: anyhow::Error| of(&error).unwrap_or_default();
        let expected = told(none().into());
        assert!(expected.contains("lookalike index"), "{expected}");
        assert_eq!(told(ServerError::from(none()).into()), expected);
        let below = Err::<(), _>(none()).context("above").unwrap_err();
        assert_eq!(told(below), expected);
        assert_eq!(told(Error::EmptyQuery.into()), "");
    }
}
