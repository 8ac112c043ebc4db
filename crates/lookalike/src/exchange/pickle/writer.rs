//! Writing the tutorial's `features.pck`.

use super::super::Result;
use std::io::Write;

/// How many entries one `SETITEMS` sets, as Python does it, so that a reader's stack stays low.
const BATCH: usize = 1000;

/// Writes a pickle (protocol 3) of a dictionary from name to one-dimensional numpy array of
/// `float32`, one entry after the other. Python 3 with numpy 1 or 2 loads it.
pub struct PickleWriter<W: Write> {
    out: W,
    entries: usize,
}

/// Places in the memo.
const RECONSTRUCT: u8 = 0;
const NDARRAY: u8 = 1;
const ZERO_SHAPE: u8 = 2;
const TYPE_CODE: u8 = 3;
const FLOAT32: u8 = 4;

impl<W: Write> PickleWriter<W> {
    /// Begins the dictionary.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn new(mut out: W) -> Result<Self> {
        // Both numpy 1 and numpy 2 know the old module names. The common objects are made once,
        // put into the memo and taken from the stack again.
        out.write_all(b"\x80\x03")?;
        out.write_all(b"cnumpy.core.multiarray\n_reconstruct\n")?;
        out.write_all(&[b'q', RECONSTRUCT, b'0'])?;
        out.write_all(b"cnumpy\nndarray\n")?;
        out.write_all(&[b'q', NDARRAY, b'0'])?;
        out.write_all(&[b'K', 0, 0x85, b'q', ZERO_SHAPE, b'0'])?;
        out.write_all(b"C\x01b")?;
        out.write_all(&[b'q', TYPE_CODE, b'0'])?;
        // dtype('f4', align False, copy True), state (3, '<', None, None, None, -1, -1, 0)
        out.write_all(b"cnumpy\ndtype\nX\x02\x00\x00\x00f4\x89\x88\x87R")?;
        out.write_all(b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")?;
        out.write_all(&[b'q', FLOAT32, b'0'])?;
        out.write_all(b"}")?;
        Ok(Self { out, entries: 0 })
    }

    /// Writes one entry. Of two entries with the same name Python keeps the later.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn entry(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let out = &mut self.out;
        if self.entries.is_multiple_of(BATCH) {
            out.write_all(if self.entries == 0 { b"(" } else { b"u(" })?;
        }
        self.entries += 1;
        let length = u32::try_from(name.len()).map_err(std::io::Error::other)?;
        out.write_all(b"X")?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(name.as_bytes())?;
        // _reconstruct(ndarray, (0,), b'b'), state (1, (n,), dtype, False, bytes)
        out.write_all(&[b'h', RECONSTRUCT, b'h', NDARRAY, b'h', ZERO_SHAPE])?;
        out.write_all(&[b'h', TYPE_CODE, 0x87, b'R', b'(', b'K', 1])?;
        let elements = i32::try_from(values.len()).map_err(std::io::Error::other)?;
        out.write_all(b"J")?;
        out.write_all(&elements.to_le_bytes())?;
        out.write_all(&[0x85, b'h', FLOAT32, 0x89, b'B'])?;
        let bytes = u32::try_from(values.len() * 4).map_err(std::io::Error::other)?;
        out.write_all(&bytes.to_le_bytes())?;
        for value in values {
            out.write_all(&value.to_le_bytes())?;
        }
        out.write_all(b"tb")?;
        Ok(())
    }

    /// Ends the dictionary and flushes.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn finish(mut self) -> Result<W> {
        self.out
            .write_all(if self.entries == 0 { b"." } else { b"u." })?;
        self.out.flush()?;
        Ok(self.out)
    }
}
