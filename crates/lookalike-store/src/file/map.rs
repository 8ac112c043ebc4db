//! A file as memory.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;

/// Bytes that are mapped in one call: other threads of the process that want memory mapped wait for
/// it to end.
const AT_ONCE: usize = 8 << 20;

/// A read-only map of a whole file.
#[derive(Debug)]
pub struct FileMap(memmap2::Mmap);

impl FileMap {
    /// Maps `file`, whose content nobody may change as long as the map lives.
    pub fn new(file: &File) -> io::Result<Self> {
        // SAFETY: the bytes must not change while they are borrowed. Segments are written under a
        // temporary name, then renamed and never written again; the library removes them by
        // unlinking, which keeps the map valid. The map is read-only.
        unsafe { memmap2::Mmap::map(file) }.map(Self)
    }

    /// The content of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Asks the system to map the pages of a range now, in few calls instead of one fault for each
    /// few pages. A hint: where it is not understood the pages come one by one.
    pub fn populate(&self, start: usize, length: usize) {
        #[cfg(target_os = "linux")]
        for at in (start..start + length).step_by(AT_ONCE) {
            let length = AT_ONCE.min(start + length - at);
            let advice = memmap2::Advice::PopulateRead;
            if self.0.advise_range(advice, at, length).is_err() {
                break;
            }
        }
        #[cfg(all(unix, not(target_os = "linux")))]
        let _ = self
            .0
            .advise_range(memmap2::Advice::WillNeed, start, length);
        #[cfg(not(unix))]
        let _ = (start, length);
    }

    /// Lets go of the pages that are mapped. They stay in the system's cache; the next access maps
    /// them anew. Keeps a reader of large files small.
    pub fn release(&self) {
        // SAFETY: the map is of a file and never written, so no page holds anything else than the
        // file does.
        #[cfg(unix)]
        let _ = unsafe { self.0.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
}
