//! The store with segments of bare ids and a ledger in memory, which refuses when it is told to.

use lookalike_store::{
    Change, Dead, Entry, Error, FileFormat, Kind, Ledger, Living, Result, SectionFile,
    SectionWriter, Segment, SegmentFolder, Store, Tiers, check_order, in_order, interleaved,
    open_all,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

static FORMAT: FileFormat = FileFormat {
    magic: *b"\x89LATEST\n",
    oldest: 1,
    version: 1,
    what: "ids",
    sections: &["ids"],
    counts: [("count", 0, u64::MAX), ("nothing", 0, 0)],
    lengths: |[count, _], lengths| {
        lengths[0] = count.checked_mul(8)?;
        Some(())
    },
};

#[derive(Debug)]
struct Ids(SectionFile);

impl Segment for Ids {
    fn open(path: &Path) -> Result<Self> {
        SectionFile::open(path, &FORMAT).map(Self)
    }

    fn verify(&self) -> Result<()> {
        self.0.verify()?;
        check_order(self.ids())
    }

    fn ids(&self) -> &[u64] {
        self.0.section(0)
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn file_bytes(&self) -> u64 {
        self.0.bytes()
    }
}

#[derive(Debug)]
struct IdsKind(Tiers);

impl Kind for IdsKind {
    type Segment = Ids;
    type Fresh = BTreeSet<u64>;
    type Error = Error;

    fn tiers(&self) -> Tiers {
        self.0
    }

    fn count(&self, fresh: &BTreeSet<u64>) -> usize {
        fresh.len()
    }

    fn write(
        &self,
        path: &Path,
        segments: &[Living<Ids>],
        fresh: Option<&BTreeSet<u64>>,
        _: &AtomicBool,
    ) -> Result<Ids> {
        let sealed = in_order(segments).map(|(id, ..)| (id, ()));
        let fresh = fresh.into_iter().flatten().map(|&id| (id, ()));
        let mut out = SectionWriter::create(path, &FORMAT, "")?;
        let mut count = 0;
        for (id, ()) in interleaved(sealed, fresh) {
            out.put(&id.to_le_bytes())?;
            count += 1;
        }
        out.end_section()?;
        out.finish([count, 0])?;
        Ids::open(path)
    }
}

/// What a ledger on the disk would hold, shared by its writer and its readers.
#[derive(Clone, Debug)]
struct Memory {
    folder: SegmentFolder,
    entries: Rc<RefCell<Vec<Entry>>>,
    next: Rc<Cell<u64>>,
    refuses: Rc<Cell<bool>>,
}

impl Memory {
    fn new(folder: &Path) -> Self {
        let folder = SegmentFolder::within(folder);
        folder.create().unwrap();
        Self {
            folder,
            entries: Rc::default(),
            next: Rc::default(),
            refuses: Rc::default(),
        }
    }

    /// The living ids, by segment.
    fn read(&self) -> Vec<Vec<u64>> {
        let segments: Vec<Living<Ids>> = open_all(self, &[]).unwrap().unwrap();
        let ids = |living: &Living<Ids>| living.living_rows().map(|(id, _)| id).collect();
        segments.iter().map(ids).collect()
    }

    fn orphans(&self) -> Vec<String> {
        let entries = self.entries.borrow();
        let named = |name: &str| entries.iter().any(|e| self.name(e.number) == name);
        self.folder.orphans(named).unwrap()
    }
}

impl Ledger for Memory {
    type Error = Error;

    fn entries(&self) -> Result<Vec<Entry>> {
        Ok(self.entries.borrow().clone())
    }

    fn next_number(&mut self) -> Result<u64> {
        self.next.set(self.next.get() + 1);
        Ok(self.next.get())
    }

    fn folder(&self) -> &SegmentFolder {
        &self.folder
    }

    fn name(&self, number: u64) -> String {
        number.to_string()
    }

    fn publish<S: Segment>(&mut self, change: &Change<'_, S>) -> Result<()> {
        if self.refuses.get() {
            return Err(Error::Stopped);
        }
        for living in change.after() {
            // What a ledger names must be whole.
            S::open(&self.file(living.number()))
                .unwrap()
                .verify()
                .unwrap();
        }
        let entry = |living: &Living<S>| Entry {
            number: living.number(),
            records: living.segment().ids().len() as u64,
            dead: Dead::Rows(living.dead_rows().map(|row| row as u32).collect()),
        };
        *self.entries.borrow_mut() = change.after().iter().map(entry).collect();
        Ok(())
    }
}

const TIERS: Tiers = Tiers {
    taken_in: 0,
    lowest: 4,
    bits: 1,
    largest: 100,
};

fn set(ids: impl IntoIterator<Item = u64>) -> BTreeSet<u64> {
    ids.into_iter().collect()
}

#[test]
fn records_are_sealed_deleted_and_merged() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Memory::new(folder.path());
    let mut store = Store::open(IdsKind(TIERS), ledger.clone()).unwrap();
    store.commit(Some(&set([]))).unwrap();
    assert_eq!(ledger.read(), [[0; 0]; 0], "nothing to seal");
    store.commit(Some(&set([1, 3, 5]))).unwrap();
    store.commit(Some(&set([2, 4]))).unwrap();
    assert_eq!(ledger.read(), [vec![1, 3, 5], vec![2, 4]]);
    assert!(store.contains(3) && store.delete(3) && !store.contains(3) && !store.delete(3));
    assert_eq!(ledger.read()[0], [1, 3, 5], "not committed");
    store.commit(None).unwrap();
    assert_eq!(ledger.read(), [vec![1, 5], vec![2, 4]]);
    let never = AtomicBool::new(false);
    store.merge(&AtomicBool::new(true)).unwrap();
    assert_eq!(ledger.read().len(), 2, "told to stop");
    store.merge(&never).unwrap();
    assert_eq!(ledger.read(), [[1, 2, 4, 5]]);
    assert_eq!(ledger.orphans(), [""; 0]);
    assert!([1, 2, 4, 5].iter().all(|&id| store.delete(id)));
    store.commit(None).unwrap();
    assert_eq!(ledger.read(), [[0; 0]; 0], "an empty segment is none");
    assert_eq!(ledger.orphans(), [""; 0]);
}

#[test]
fn a_change_that_is_refused_changes_nothing_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Memory::new(folder.path());
    let mut store = Store::open(IdsKind(TIERS), ledger.clone()).unwrap();
    store.commit(Some(&set(0..10))).unwrap();
    store.delete(4);
    ledger.refuses.set(true);
    let fresh = set(10..20);
    store.commit(Some(&fresh)).unwrap_err();
    assert_eq!(ledger.read(), [set(0..10).into_iter().collect::<Vec<_>>()]);
    assert_eq!(ledger.orphans().len(), 1, "written, and named by nobody");
    ledger.refuses.set(false);
    store.commit(Some(&fresh)).unwrap();
    let all: Vec<u64> = ledger.read().concat();
    assert_eq!(all, (0..20).filter(|&id| id != 4).collect::<Vec<_>>());
}

#[test]
fn small_segments_are_taken_in_and_background_merges_keep_what_is_deleted_meanwhile() {
    let tiers = Tiers {
        taken_in: 8,
        lowest: 8,
        bits: 2,
        largest: 1000,
    };
    let folder = tempfile::tempdir().unwrap();
    let ledger = Memory::new(folder.path());
    let mut store = Store::open(IdsKind(tiers), ledger.clone()).unwrap();
    for id in 0..6 {
        store.commit(Some(&set([id]))).unwrap();
    }
    // As the digits of a binary number.
    let sizes = |all: &[Vec<u64>]| all.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(&ledger.read()), [4, 2]);
    for batch in 1..200u64 {
        store
            .commit(Some(&set(batch * 10..batch * 10 + 10)))
            .unwrap();
        store.merge_behind().unwrap();
        assert!(store.delete(batch * 10 + 3));
    }
    store.commit(None).unwrap();
    store.settle().unwrap();
    let mut all = ledger.read().concat();
    all.sort_unstable();
    let expected = (0..6).chain((10..2000).filter(|id| id % 10 != 3));
    assert_eq!(all, expected.collect::<Vec<_>>());
    assert!(ledger.read().len() < 12, "{:?}", sizes(&ledger.read()));
    store.merge_all().unwrap();
    assert_eq!(ledger.read().len(), 1);
    assert_eq!(ledger.orphans(), [""; 0]);
}

#[test]
fn damage_is_not_copied_and_a_missing_segment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Memory::new(folder.path());
    let mut store = Store::open(IdsKind(TIERS), ledger.clone()).unwrap();
    store.commit(Some(&set(0..5))).unwrap();
    store.commit(Some(&set(5..10))).unwrap();
    drop(store);
    let path = ledger.file(1);
    let good = std::fs::read(&path).unwrap();
    let mut bytes = good.clone();
    *bytes.iter_mut().rfind(|b| **b != 0).unwrap() ^= 1;
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let mut store = Store::open(IdsKind(TIERS), ledger.clone()).unwrap();
    let refused = store.merge(&AtomicBool::new(false)).unwrap_err();
    assert!(matches!(refused, Error::Checksum { .. }), "{refused}");
    assert_eq!(ledger.entries.borrow().len(), 2);
    std::fs::remove_file(&path).unwrap();
    assert!(open_all::<Ids, _>(&ledger, &[]).unwrap().is_none());
    let refused = Store::open(IdsKind(TIERS), ledger.clone()).unwrap_err();
    assert!(matches!(refused, Error::Missing { .. }), "{refused}");
    // Whoever has it open still does.
    std::fs::write(&path, good).unwrap();
    let known: Vec<Living<Ids>> = open_all(&ledger, &[]).unwrap().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(open_all(&ledger, &known).unwrap().unwrap().len(), 2);
    // A segment of another number of records than the ledger says is another one.
    ledger.entries.borrow_mut()[1].records = 4;
    let refused = open_all(&ledger, &known[..1]).unwrap_err();
    assert!(
        matches!(refused, Error::Header { field: "count", .. }),
        "{refused}"
    );
}
