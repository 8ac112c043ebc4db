//! What a request brings: bytes within limits of size and time, raw or in a form.

use crate::config::Patience;
use crate::multipart::{self, Field};
use crate::params::Params;
use crate::problem::{Kind, Problem};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Memory for bodies and files is counted in these.
const UNIT: usize = 16 << 10;

/// How bodies are read.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    pub(crate) memory: Memory,
    /// Most bytes of a body.
    pub(crate) limit: usize,
    pub(crate) patience: Patience,
}

/// How much memory bodies and files of all requests may take at a time.
#[derive(Clone, Debug)]
pub(crate) struct Memory(Arc<Semaphore>);

/// Bytes that count against that limit for as long as they are there.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Bytes,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Memory {
    pub(crate) fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(units)))
    }

    /// Room for so many bytes.
    ///
    /// # Errors
    /// [`Kind::Busy`]: waiting for it would only pile up.
    pub(crate) fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let permit = self.0.clone().try_acquire_many_owned(units);
        permit.map_err(|_| Problem::new(Kind::Busy, "too many bytes are being sent just now"))
    }

    /// Bytes that are free.
    pub(crate) fn free(&self) -> usize {
        self.0.available_permits() * UNIT
    }
}

impl Held {
    pub(crate) fn new(bytes: Bytes, permit: OwnedSemaphorePermit) -> Self {
        Self {
            bytes,
            _permit: Some(permit),
        }
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A picture that was sent, with the parameters of its query string and of its form.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) params: Params,
    pub(crate) picture: Held,
}

/// The field of a form that holds the picture, as the documentation names it.
const PICTURE: &str = "picture";

impl Upload {
    /// Reads a body; fields of a form are parameters, too, and count before those of the address.
    pub(crate) async fn read(
        intake: &Intake,
        headers: &HeaderMap,
        mut params: Params,
        known: &[&str],
        body: Body,
    ) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let boundary = multipart::boundary(kind).transpose();
        let boundary = boundary.map_err(Problem::bad_request)?;
        let mut picture = read(intake, headers, body).await?;
        if let Some(boundary) = boundary {
            let fields = multipart::fields(&picture.bytes, &boundary);
            let (picture_of_form, values) = taken_apart(fields.map_err(Problem::bad_request)?)?;
            for field in values {
                let value = String::from_utf8(field.value.to_vec())
                    .map_err(|_| Problem::bad_request(format!("{}: not UTF-8", field.name)))?;
                params.set(&field.name, value, known)?;
            }
            picture.bytes = picture_of_form;
        }
        Ok(Self { params, picture })
    }

    /// The picture, which must be there.
    pub(crate) fn into_picture(self) -> Result<Held, Problem> {
        if self.picture.bytes.is_empty() {
            return Err(Problem::bad_request(
                "a picture is expected: the bytes of its file as body, or as a file in a form",
            ));
        }
        Ok(self.picture)
    }
}

/// The picture of a form, and the other fields. The picture is the field of that name, else the one that
/// is a file, whatever the client calls it.
fn taken_apart(fields: Vec<Field>) -> Result<(Bytes, Vec<Field>), Problem> {
    let is_picture = |field: &Field| field.is_file || field.name == PICTURE;
    let (mut pictures, values): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_picture);
    if let [first, second, ..] = &pictures[..] {
        let (first, second) = (&first.name, &second.name);
        let detail = format!("one picture is expected, not two: {first:?} and {second:?}");
        return Err(Problem::bad_request(detail));
    }
    let picture = pictures.pop().map(|field| field.value);
    Ok((picture.unwrap_or_default(), values))
}

/// The whole body.
async fn read(intake: &Intake, headers: &HeaderMap, body: Body) -> Result<Held, Problem> {
    let Intake {
        memory,
        limit,
        patience,
    } = intake;
    let limit = *limit;
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|n| n.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|n| n > limit as u64) {
        pass_over(body).await;
        return Err(too_large(limit));
    }
    let slow = |_| Problem::new(Kind::TooSlow, "the body came too slowly");
    let whole = timeout(patience.body, async {
        let mut body = body;
        let mut bytes = BytesMut::new();
        let mut permit = memory.take(0)?;
        let mut room = 0;
        while let Some(frame) = timeout(patience.bytes, body.frame()).await.map_err(slow)? {
            let cut_short = |_| Problem::bad_request("the body is cut short");
            let Ok(data) = frame.map_err(cut_short)?.into_data() else {
                continue;
            };
            if bytes.len() + data.len() > limit {
                pass_over(body).await;
                return Err(too_large(limit));
            }
            while bytes.len() + data.len() > room {
                permit.merge(memory.take(UNIT)?);
                room += UNIT;
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Held::new(bytes.freeze(), permit))
    });
    whole.await.map_err(slow)?
}

/// Reads on for a moment: clients that are still sending when the connection is closed do not see the
/// answer.
async fn pass_over(mut body: Body) {
    const MOMENT: Duration = Duration::from_secs(1);
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whoever takes longer does without.
    let _ = timeout(MOMENT, rest).await;
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::TooLarge, format!("at most {limit} bytes are taken"))
}
