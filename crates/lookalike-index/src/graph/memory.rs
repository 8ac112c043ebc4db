//! Memory for what is read in no order.

use std::marker::PhantomData;

use memmap2::MmapMut;

/// Zeroed numbers that begin at a page, in huge pages where the system has them: a search touches
/// thousands of places all over, and with small pages would look up the address of each.
#[derive(Debug)]
pub(crate) struct Scattered<T> {
    map: Option<MmapMut>,
    count: usize,
    of: PhantomData<T>,
}

impl<T: bytemuck::Pod> Scattered<T> {
    pub(crate) fn zeroed(count: usize) -> std::io::Result<Self> {
        let bytes = count * size_of::<T>();
        let map = MmapMut::map_anon(bytes.max(1))?;
        #[cfg(target_os = "linux")]
        if bytes >= 2 << 20 {
            // A hint: refused, it is only slower.
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Ok(Self {
            map: Some(map),
            count,
            of: PhantomData,
        })
    }

    /// No numbers at all.
    pub(crate) fn empty() -> Self {
        Self {
            map: None,
            count: 0,
            of: PhantomData,
        }
    }

    /// A copy of some numbers.
    pub(crate) fn of(values: &[T]) -> std::io::Result<Self> {
        let mut memory = Self::zeroed(values.len())?;
        memory.as_mut().copy_from_slice(values);
        Ok(memory)
    }
}

impl<T: bytemuck::Pod> AsRef<[T]> for Scattered<T> {
    #[inline(always)]
    fn as_ref(&self) -> &[T] {
        match &self.map {
            Some(map) => bytemuck::cast_slice(&map[..self.count * size_of::<T>()]),
            None => &[],
        }
    }
}

impl<T: bytemuck::Pod> AsMut<[T]> for Scattered<T> {
    fn as_mut(&mut self) -> &mut [T] {
        match &mut self.map {
            Some(map) => bytemuck::cast_slice_mut(&mut map[..self.count * size_of::<T>()]),
            None => &mut [],
        }
    }
}
