//! What stands in columns.

use crate::decode::Place;
use crate::{Part, PictureId};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// The id of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ContentId(pub(crate) i64);

impl ToSql for ContentId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for ContentId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for PictureId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.get().cast_signed().into())
    }
}

impl FromSql for PictureId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(|id| Self::new(id.cast_unsigned()))
    }
}

impl ToSql for Part {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for Part {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        let part = Part::ALL.into_iter().find(|part| part.name() == name);
        part.ok_or(FromSqlError::InvalidType)
    }
}

/// Where in a content a picture is; empty where it is the only one.
pub(super) struct StoredPlace(pub(super) Option<Place>);

impl ToSql for StoredPlace {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = self.0.map(|place| place.to_string());
        Ok(text.unwrap_or_default().into())
    }
}

impl FromSql for StoredPlace {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "" => Ok(Self(None)),
            text => text
                .parse()
                .map(|place| Self(Some(place)))
                .map_err(|()| FromSqlError::Other(format!("a place {text:?}").into())),
        }
    }
}
