//! Local descriptors as words.
//!
//! A picture becomes searchable by its local features when each of its SIFT descriptors is
//! replaced by the number of the nearest of some thousand typical descriptors, its *visual word*
//! (Sivic and Zisserman 2003), and by a short code of where around that word it lies.
//! [`Vocabulary`] holds the words and the thresholds of the codes, and knows which bits of the codes tell
//! the features of a word apart.
//!
//! All arithmetic behind words and codes is in whole numbers, so that every machine gives a
//! descriptor the same word and the same code.
//!
//! A vocabulary file, version 1, all numbers little-endian:
//!
//! | bytes | content |
//! |---|---|
//! | 0..8 | magic |
//! | 8..12 | version, u32 |
//! | 12..14, 14..16 | cells, words in a cell, u16 |
//! | 16..20 | CRC-32 of the centroids |
//! | 20..24 | CRC-32 of bytes 0..20 and of the medians |
//! | 24..536 | medians, 128 i32 |
//! | 536.. | centroids of the cells, then those of the words of each cell: u8, in blocks of eight |
//! | behind them | the own bits of each word, 12 u8, and their CRC-32; they follow from the rest, and are made anew where they are missing |

mod centroids;
mod own_bits;
mod root;
mod signature;
mod training;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use fearless_simd::{Level, Simd, dispatch};

use crate::{Error, Result};
use centroids::{BLOCK, Query};
use own_bits::OwnBits;
use root::whole;

pub use own_bits::{OWN_BITS, PROBES, Token};
pub use root::{DESCRIPTOR, Descriptor, rootsift};
pub use signature::hamming;
pub use training::VocabularyTraining;

static EMBEDDED: &[u8] = include_bytes!("../../data/vocabulary-16k.bin");

const MAGIC: [u8; 8] = *b"\x89LAVOC\r\n";
const VERSION: u32 = 1;
const CENTROIDS_CRC_AT: usize = 16;
const HEAD_CRC_AT: usize = 20;
const MEDIANS_AT: usize = 24;
const CENTROIDS_AT: usize = MEDIANS_AT + 4 * DESCRIPTOR;

/// Cells whose words are looked at for the nearest ones.
const BEAM: usize = 3;
/// The most cells, and the most words in a cell.
const MAX_BRANCHES: usize = 256;
/// Bits of a code.
const BITS: u8 = DESCRIPTOR as u8;

/// Visual words in two levels (Nistér and Stewénius 2006) over RootSIFT, with the medians of the
/// codes. Words are numbered 0..[`len`](Self::len).
#[derive(Clone)]
pub struct Vocabulary {
    cells: usize,
    words_in_cell: usize,
    medians: [i32; DESCRIPTOR],
    /// All centroids in blocks: of the cells, then of the words.
    centroids: Cow<'static, [u8]>,
    /// Their squared lengths.
    squares: Vec<i32>,
    /// The own bits of the words.
    own_bits: Cow<'static, [OwnBits]>,
    id: u64,
}

impl Vocabulary {
    /// The built-in vocabulary of 16,384 words; `bench/README.md` says how it was made.
    pub fn embedded() -> &'static Self {
        static READ: LazyLock<Vocabulary> = LazyLock::new(|| {
            Vocabulary::parse(Cow::Borrowed(EMBEDDED))
                .expect("a test reads the built-in vocabulary")
        });
        &READ
    }

    /// The [`id`](Self::id) of the built-in vocabulary, without reading all of it.
    pub fn embedded_id() -> u64 {
        EMBEDDED.first_chunk().map_or(0, id)
    }

    /// Reads a vocabulary file.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] where the bytes are not one, are damaged, or come from a newer
    /// program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::parse(Cow::Owned(bytes.to_owned()))
    }

    fn parse(bytes: Cow<'static, [u8]>) -> Result<Self> {
        let wrong = |reason: &str| {
            Err(Error::Vocabulary {
                reason: reason.to_owned(),
            })
        };
        if !bytes.starts_with(&MAGIC) {
            return wrong("it does not begin as one does");
        }
        let Some(head) = bytes.first_chunk::<CENTROIDS_AT>() else {
            return wrong("its head is cut off");
        };
        let version = u32_at(head, 8);
        if version > VERSION {
            return wrong(&format!(
                "format version {version}, this program reads up to {VERSION}"
            ));
        }
        if head_crc(head) != u32_at(head, HEAD_CRC_AT) {
            return wrong("its head is damaged");
        }
        let branches = |at| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let (cells, words_in_cell) = (branches(12), branches(14));
        if version != VERSION || !fits(cells) || !fits(words_in_cell) {
            return wrong("its head contradicts itself");
        }
        let end = CENTROIDS_AT + cells * (1 + words_in_cell) * DESCRIPTOR;
        let own_bytes = cells * words_in_cell * size_of::<OwnBits>();
        let has_own = bytes.len() == end + own_bytes + size_of::<u32>();
        if bytes.len() != end && !has_own {
            return wrong("it is longer or shorter than its head says");
        }
        let body = &bytes[CENTROIDS_AT..end];
        if crc32fast::hash(body) != u32_at(head, CENTROIDS_CRC_AT) {
            return wrong("its centroids are damaged");
        }
        let medians = std::array::from_fn(|i| u32_at(head, MEDIANS_AT + 4 * i) as i32);
        let own = &bytes[end..];
        let (id, squares) = (id(head), centroids::squares(body));
        let own_bits: Cow<'static, [OwnBits]> = match has_own {
            true if crc32fast::hash(&own[..own_bytes]) != u32_at(own, own_bytes) => {
                return wrong("its own bits are damaged");
            }
            true => match &bytes {
                Cow::Borrowed(bytes) => bytes[end..].as_chunks().0.into(),
                Cow::Owned(_) => own.as_chunks().0.to_vec().into(),
            },
            false => own_bits_of(cells, body, &medians).into(),
        };
        if own_bits.as_flattened().iter().any(|&bit| bit >= BITS) {
            return wrong("its own bits are damaged");
        }
        Ok(Self {
            cells,
            words_in_cell,
            medians,
            squares,
            own_bits,
            id,
            centroids: match bytes {
                Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[CENTROIDS_AT..end]),
                Cow::Owned(bytes) => Cow::Owned(bytes[CENTROIDS_AT..end].to_vec()),
            },
        })
    }

    /// From centroids in whole steps of RootSIFT and medians of rotated descriptors.
    fn from_parts(
        cells: &[[u8; DESCRIPTOR]],
        words: &[[u8; DESCRIPTOR]],
        medians: [i32; DESCRIPTOR],
    ) -> Self {
        let mut centroids = centroids::to_blocks(cells);
        centroids.extend(centroids::to_blocks(words));
        let mut vocabulary = Self {
            cells: cells.len(),
            words_in_cell: words.len() / cells.len(),
            medians,
            squares: centroids::squares(&centroids),
            own_bits: own_bits_of(cells.len(), &centroids, &medians).into(),
            centroids: Cow::Owned(centroids),
            id: 0,
        };
        vocabulary.id = id(&vocabulary.head());
        vocabulary
    }

    /// The vocabulary as a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head().to_vec();
        bytes.extend_from_slice(&self.centroids);
        let own_bits = self.own_bits.as_flattened();
        bytes.extend_from_slice(own_bits);
        bytes.extend(crc32fast::hash(own_bits).to_le_bytes());
        bytes
    }

    fn head(&self) -> [u8; CENTROIDS_AT] {
        let mut head = [0; CENTROIDS_AT];
        let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &MAGIC);
        put(8, &VERSION.to_le_bytes());
        put(12, &(self.cells as u16).to_le_bytes());
        put(14, &(self.words_in_cell as u16).to_le_bytes());
        let crc = crc32fast::hash(&self.centroids);
        put(CENTROIDS_CRC_AT, &crc.to_le_bytes());
        for (i, median) in self.medians.iter().enumerate() {
            put(MEDIANS_AT + 4 * i, &median.to_le_bytes());
        }
        let crc = head_crc(&head);
        head[HEAD_CRC_AT..MEDIANS_AT].copy_from_slice(&crc.to_le_bytes());
        head
    }

    /// Two checksums over all that words and codes depend on. What was made with vocabularies of
    /// different ids cannot be compared.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Number of words, at most 65,536.
    #[expect(clippy::len_without_is_empty, reason = "there is no empty vocabulary")]
    pub fn len(&self) -> usize {
        self.cells * self.words_in_cell
    }

    /// The `N` words nearest to a descriptor among those of the three nearest cells; the nearest
    /// first, of equals the one of the lower number. `N` is at most 8.
    pub fn nearest<const N: usize>(&self, level: Level, descriptor: &Descriptor) -> [u16; N] {
        self.nearest_whole(level, &whole(descriptor))
    }

    /// As [`nearest`](Self::nearest), for a descriptor in whole steps of RootSIFT.
    fn nearest_whole<const N: usize>(&self, level: Level, whole: &[u8; DESCRIPTOR]) -> [u16; N] {
        const { assert!(N > 0 && N <= BLOCK) };
        let query = Query::new(whole);
        dispatch!(level, simd => {
            let mut cells = Smallest::<BEAM>::new();
            self.offer(simd, &query, 0..self.cells, 0, &mut cells);
            let mut cells = cells.numbers();
            // Ascending, so that of words equally near the lower number is offered first.
            cells.sort_unstable();
            let mut words = Smallest::<N>::new();
            for cell in cells.map(usize::from) {
                let first = cell * self.words_in_cell;
                let centroids = self.cells + first..self.cells + first + self.words_in_cell;
                self.offer(simd, &query, centroids, first, &mut words);
            }
            words.numbers()
        })
    }

    /// Offers the distances of some centroids, under numbers from `number` on.
    #[inline(always)]
    fn offer<S: Simd, const N: usize>(
        &self,
        simd: S,
        query: &Query,
        centroids: Range<usize>,
        number: usize,
        best: &mut Smallest<N>,
    ) {
        let mut distances = [0; MAX_BRANCHES];
        let distances = &mut distances[..centroids.len()];
        let blocks = &self.centroids[centroids.start * DESCRIPTOR..centroids.end * DESCRIPTOR];
        query.distances(simd, blocks, &self.squares[centroids], distances);
        best.offer_all(distances, number);
    }

    /// The 128-bit code of a descriptor, to be compared by [`hamming`].
    pub fn signature(&self, level: Level, descriptor: &Descriptor) -> u128 {
        self.signature_of(&self.excess(level, descriptor))
    }

    /// The code of a descriptor that was rotated already.
    pub(crate) fn signature_of(&self, excess: &[i32; DESCRIPTOR]) -> u128 {
        signature::code(excess)
    }

    /// By how much each element of the rotated descriptor exceeds its threshold.
    pub(crate) fn excess(&self, level: Level, descriptor: &Descriptor) -> [i32; DESCRIPTOR] {
        signature::excess(&signature::rotate(level, &whole(descriptor)), &self.medians)
    }

    /// The token of a feature.
    ///
    /// # Panics
    /// Where there is no such word.
    pub fn token(&self, word: u16, code: u128) -> Token {
        own_bits::token(word, &self.own_bits[usize::from(word)], code)
    }

    /// The tokens by which a feature of a query is looked up in a word, the likeliest first: `excess` is
    /// what its code was made of.
    pub(crate) fn probes(&self, word: u16, excess: &[i32; DESCRIPTOR]) -> [Token; PROBES] {
        let own = &self.own_bits[usize::from(word)];
        let doubts = own.map(|bit| excess[usize::from(bit)].unsigned_abs());
        let token = own_bits::token(word, own, signature::code(excess));
        own_bits::probes(token, doubts)
    }

    /// The same for a feature of which only the code is known: the most even bits are the least certain.
    pub(crate) fn probes_of_code(&self, word: u16, code: u128) -> [Token; PROBES] {
        let doubts = std::array::from_fn(|i| 1000 + i as u32);
        own_bits::probes(self.token(word, code), doubts)
    }
}

/// The own bits of all words, from the centroids of cells and words.
fn own_bits_of(cells: usize, centroids: &[u8], medians: &[i32; DESCRIPTOR]) -> Vec<OwnBits> {
    let level = Level::new();
    (cells..centroids.len() / DESCRIPTOR)
        .map(|at| own_bits::own_bits(level, &centroids::from_blocks(centroids, at), medians))
        .collect()
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vocabulary")
            .field("id", &format_args!("{:016x}", self.id))
            .field("words", &self.len())
            .finish_non_exhaustive()
    }
}

/// Whether a node may have so many children.
fn fits(branches: usize) -> bool {
    branches.is_multiple_of(BLOCK) && (BLOCK..=MAX_BRANCHES).contains(&branches)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn head_crc(head: &[u8; CENTROIDS_AT]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&head[..HEAD_CRC_AT]);
    crc.update(&head[MEDIANS_AT..]);
    crc.finalize()
}

fn id(head: &[u8; CENTROIDS_AT]) -> u64 {
    u64::from(u32_at(head, CENTROIDS_CRC_AT)) << 32 | u64::from(u32_at(head, HEAD_CRC_AT))
}

/// The `N` smallest of the distances offered, ascending; of equals the first.
struct Smallest<const N: usize>([(i32, u16); N]);

impl<const N: usize> Smallest<N> {
    fn new() -> Self {
        Self([(i32::MAX, 0); N])
    }

    /// Offers the distances of the numbers from `first` on.
    #[inline(always)]
    fn offer_all(&mut self, distances: &[i32], first: usize) {
        for (i, &distance) in distances.iter().enumerate() {
            if distance >= self.0[N - 1].0 {
                continue;
            }
            let mut at = N - 1;
            while at > 0 && self.0[at - 1].0 > distance {
                self.0[at] = self.0[at - 1];
                at -= 1;
            }
            self.0[at] = (distance, (first + i) as u16);
        }
    }

    fn numbers(&self) -> [u16; N] {
        self.0.map(|(_, number)| number)
    }
}
