//! Memory asked for before it is needed.
#![allow(unsafe_code)]

/// Asks for the cache line at which `at` begins. A hint: it changes no result, and where there is
/// no stable way to ask it does nothing.
#[inline(always)]
pub(crate) fn prefetch<T>(at: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of x86-64, a prefetch never faults, and the address is that of a
        // live reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}
