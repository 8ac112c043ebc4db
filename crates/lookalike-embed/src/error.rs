//! What can go wrong.

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pixels given are not as many as the size says, or none.
    #[error("{width} x {height} RGB pixels cannot have {received} bytes")]
    PixelCount {
        /// Claimed width in pixels.
        width: u32,
        /// Claimed height in pixels.
        height: u32,
        /// Bytes received.
        received: usize,
    },
    /// The model's answer is all zeros, or not finite.
    #[error("the model's answer for this picture is not a vector with a direction")]
    NoDirection,
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
