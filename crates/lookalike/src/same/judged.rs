//! What people said of a query and the pictures of a library.

use super::search::{Collection, Compared, Found};
use super::{SameQuery, Verdict};
use crate::engine::Content;
use crate::judgements::{Judgements, Saying};
use crate::{PictureId, Result, StoredPicture};

/// The pictures of a library of which something was said together with the query.
#[derive(Debug, Default)]
pub(crate) struct Said {
    same: Vec<StoredPicture>,
    /// Hashes of contents, ascending.
    different: Vec<[u8; 32]>,
}

impl Collection<'_> {
    /// What was said of a query, which must be a picture as it stands in a file.
    pub(crate) fn said_of(&self, query: &SameQuery) -> Result<Said> {
        let judgements = self.pictures.judgements()?;
        match query.content {
            Some(content) => self.said(&judgements, &content),
            None => Ok(Said::default()),
        }
    }

    fn said(&self, judgements: &Judgements, content: &Content) -> Result<Said> {
        let of = |wanted| {
            let said = judgements.of(&content.hash);
            said.filter(move |(_, saying)| *saying == wanted)
                .map(|(&hash, _)| hash)
        };
        let same = of(Saying::Same).map(|hash| Content { hash, place: None });
        let same = self.pictures.by_content(&same.collect::<Vec<_>>())?;
        let same: Vec<PictureId> = same.into_iter().flatten().collect();
        Ok(Said {
            same: self.pictures.get(&same)?.into_iter().flatten().collect(),
            different: of(Saying::Different).collect(),
        })
    }
}

impl Found {
    /// Obeys what was said: what is different is no candidate, what is the same is proven.
    pub(crate) fn obey(&mut self, said: &Said, collection: &Collection<'_>) -> Result<()> {
        if !said.different.is_empty() {
            let known = collection.pictures.get(&self.pictures())?;
            let all = self.compared.drain(..).zip(self.verdicts.drain(..));
            let is_different = |known: &Option<StoredPicture>| {
                let known = known.as_ref();
                known.is_some_and(|k| said.different.binary_search(&k.hash).is_ok())
            };
            let rest = all.zip(known).filter(|(_, known)| !is_different(known));
            (self.compared, self.verdicts) = rest.map(|(one, _)| one).unzip();
        }
        for picture in &said.same {
            match self.compared.iter().position(|c| c.picture == picture.id) {
                Some(i) if self.verdicts[i].is_whole() => {}
                Some(i) => self.verdicts[i] = Verdict::of_judgement(),
                None => {
                    self.compared.push(Compared::of_judgement(picture));
                    self.verdicts.push(Verdict::of_judgement());
                }
            }
        }
        Ok(())
    }
}
