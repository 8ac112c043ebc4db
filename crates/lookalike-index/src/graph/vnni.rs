//! Products of a query with four codes at a time, by the instructions of AVX-512 for sums of
//! products of bytes. Its twin for all other processors is in [`super::codes`]; both add whole
//! numbers, so that they agree in every bit.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m512i, _mm_add_epi32, _mm256_add_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm512_add_epi32, _mm512_and_si512, _mm512_castsi512_si256, _mm512_dpbusd_epi32,
    _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_setzero_si512,
    _mm512_srli_epi16, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64,
};

use fearless_simd::Avx512;

use super::codes::{GROUP, LANES};

/// Bytes of a line.
const LINE: usize = 2 * LANES;

/// For each code, the sum of its elements times those of the query: for each line the lower halves
/// of its bytes with the first [`LINE`] bytes of the query, the upper ones with the next. `LINES` is
/// the number of lines where it is known beforehand, else 0.
#[inline(always)]
pub(crate) fn products<const LINES: usize>(
    _level: Avx512,
    codes: [&[i16]; GROUP],
    query: &[i8],
) -> [i32; GROUP] {
    // SAFETY: whoever has an `Avx512` has found that the processor knows these instructions.
    unsafe { products_of_lines::<LINES>(codes, query) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni,avx2")]
fn products_of_lines<const LINES: usize>(codes: [&[i16]; GROUP], query: &[i8]) -> [i32; GROUP] {
    let lines = if LINES > 0 {
        LINES
    } else {
        codes[0].len() / LANES
    };
    let (query, _) = query.as_chunks::<LINE>();
    let query = &query[..2 * lines];
    let codes = [
        &codes[0].as_chunks::<LANES>().0[..lines],
        &codes[1].as_chunks::<LANES>().0[..lines],
        &codes[2].as_chunks::<LANES>().0[..lines],
        &codes[3].as_chunks::<LANES>().0[..lines],
    ];
    let lower = _mm512_set1_epi8(15);
    let mut sums = [_mm512_setzero_si512(); GROUP];
    let mut line = 0;
    while line < lines {
        let (first, second) = (load(&query[2 * line]), load(&query[2 * line + 1]));
        let mut i = 0;
        while i < GROUP {
            let bytes = load(bytemuck::cast_ref(&codes[i][line]));
            let low = _mm512_and_si512(bytes, lower);
            let high = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), lower);
            sums[i] = _mm512_dpbusd_epi32(sums[i], low, first);
            sums[i] = _mm512_dpbusd_epi32(sums[i], high, second);
            i += 1;
        }
        line += 1;
    }
    // The sums of all four, in each 128 bits, then over these.
    let (a, b) = (pairs(sums[0], sums[1]), pairs(sums[2], sums[3]));
    let all = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    let upper = _mm512_extracti64x4_epi64::<1>(all);
    let two = _mm256_add_epi32(_mm512_castsi512_si256(all), upper);
    let upper = _mm256_extracti128_si256::<1>(two);
    let one = _mm_add_epi32(_mm256_castsi256_si128(two), upper);
    // SAFETY: both are 16 bytes, and any bits are whole numbers.
    unsafe { core::mem::transmute::<_, [i32; GROUP]>(one) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn pairs(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(line: &[i8; LINE]) -> __m512i {
    // SAFETY: the reference is to so many bytes, and the load need not be aligned.
    unsafe { _mm512_loadu_si512(std::ptr::from_ref(line).cast()) }
}
