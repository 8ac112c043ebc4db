//! One writer at a time.

use crate::{Error, Result};
use std::fs::{File, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;

/// The lock of a library. The system releases it when the file is closed, also by a crash.
#[derive(Debug)]
pub(crate) struct WriteLock {
    file: File,
}

impl WriteLock {
    /// Takes the lock of the library in `folder`, and leaves this process's id in it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let path = folder.join("lock");
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| Error::writing(&path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked {
                    path: folder.to_path_buf(),
                    pid: holder(&path),
                });
            }
            Err(TryLockError::Error(e)) => return Err(Error::writing(&path, e)),
        }
        // The id is for messages only: a disk too full for it is no reason to stop here.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

impl Drop for WriteLock {
    /// Closing would release it too, but for a child process that another thread is starting just
    /// now, and that holds a copy of the file until it runs its own program.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

fn holder(path: &Path) -> Option<u32> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}
