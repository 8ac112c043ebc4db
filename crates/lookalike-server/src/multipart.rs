//! Forms with files, RFC 7578, of a body that is in memory.

use bytes::Bytes;
use memchr::memmem::Finder;

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Whether it is a file: it has the name of one.
    pub(crate) is_file: bool,
    /// A part of the body, not a copy.
    pub(crate) value: Bytes,
}

/// Fields that a form may have: ours are fewer than ten.
const MAX_FIELDS: usize = 32;
/// Bytes of the lines before a field.
const MAX_HEAD: usize = 8 << 10;

/// The boundary in a `Content-Type` of multipart/form-data; `None` where it is of another type.
pub(crate) fn boundary(content_type: &str) -> Option<Result<String, String>> {
    let (kind, rest) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(rest, "boundary");
    let fits =
        |b: &String| (1..=70).contains(&b.len()) && b.bytes().all(|c| c != b'\r' && c != b'\n');
    Some(
        boundary
            .filter(fits)
            .ok_or_else(|| "multipart/form-data needs a boundary of 1 to 70 characters".to_owned()),
    )
}

/// The fields of a body.
///
/// # Errors
/// What is wrong with it, for people.
pub(crate) fn fields(body: &Bytes, boundary: &str) -> Result<Vec<Field>, String> {
    let cut_short = || "the form is cut short".to_owned();
    let delimiter = format!("\r\n--{boundary}");
    let finder = Finder::new(delimiter.as_bytes());
    // The first one has no line before it where there is no preamble.
    let first = &delimiter.as_bytes()[2..];
    let mut at = if body.starts_with(first) {
        first.len()
    } else {
        finder.find(body).ok_or_else(cut_short)? + delimiter.len()
    };
    let mut fields = Vec::new();
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok(fields);
        }
        // Blanks may follow a boundary.
        let line = memchr::memmem::find(rest, b"\r\n").ok_or_else(cut_short)?;
        if !rest[..line].iter().all(|b| matches!(b, b' ' | b'\t')) {
            return Err("a boundary of the form does not end its line".into());
        }
        if fields.len() == MAX_FIELDS {
            return Err(format!("the form has more than {MAX_FIELDS} fields"));
        }
        // Lines of a field, an empty one, its value. Without lines the two line ends are one.
        let head = &rest[line..];
        let window = &head[..head.len().min(MAX_HEAD)];
        let end = memchr::memmem::find(window, b"\r\n\r\n");
        let end = end.ok_or("a field of the form has no end of its head")?;
        let (name, is_file) = disposition(&head[..end])?;
        let start = at + line + end + 4;
        let length = finder.find(&body[start..]).ok_or_else(cut_short)?;
        fields.push(Field {
            name,
            is_file,
            value: body.slice(start..start + length),
        });
        at = start + length + delimiter.len();
    }
}

/// The name of a field, and whether it is a file, from the lines before it.
fn disposition(head: &[u8]) -> Result<(String, bool), String> {
    let head = std::str::from_utf8(head).map_err(|_| "the form's names are not UTF-8")?;
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let disposition =
        lines.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"));
    let (_, value) = disposition.ok_or("a field of the form has no Content-Disposition")?;
    let (_, parameters) = value.split_once(';').unwrap_or((value, ""));
    let name = parameter(parameters, "name").ok_or("a field of the form has no name")?;
    // Browsers send an empty name where no file was chosen.
    let file = ["filename", "filename*"].map(|wanted| parameter(parameters, wanted));
    let is_file = file.iter().flatten().any(|name| !name.is_empty());
    Ok((name, is_file))
}

/// The value of `name=value` or `name="value"` among parameters that semicolons part.
fn parameter(mut text: &str, wanted: &str) -> Option<String> {
    loop {
        text = text.trim_start_matches([' ', '\t', ';']);
        let (name, rest) = text.split_once('=')?;
        let (value, after) = value(rest)?;
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        text = after;
    }
}

fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((i, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[i + 1..])),
            '\\' => value.push(letters.next()?.1),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(fields: &[(String, Vec<u8>)], boundary: &str) -> Bytes {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a;b\"\r\n\
                 Content-Type: image/png\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        body.into()
    }

    #[test]
    fn a_form_is_taken_apart() {
        let sent = [
            ("by".into(), b"same".to_vec()),
            ("picture".into(), b"\r\n--\r\n--xy\r\r\n".to_vec()),
        ];
        let read = fields(&form(&sent, "xyz"), "xyz").unwrap();
        let read: Vec<_> = read
            .into_iter()
            .map(|f| (f.name, f.value.to_vec()))
            .collect();
        assert_eq!(read, sent);
        let preamble = [b"see below\r\n", &*form(&sent, "xyz")].concat();
        assert_eq!(fields(&preamble.into(), "xyz").unwrap().len(), 2);
        assert_eq!(fields(&form(&[], "b"), "b").unwrap(), []);
    }

    #[test]
    fn a_field_with_a_file_name_is_a_file() {
        let is_file = |parameters: &str| {
            let body = format!(
                "--b\r\nContent-Disposition: form-data; name=x{parameters}\r\n\r\n1\r\n--b--\r\n"
            );
            fields(&Bytes::from(body), "b").unwrap()[0].is_file
        };
        assert!(is_file("; filename=\"a.jpg\""));
        assert!(is_file("; filename*=UTF-8''a.jpg"));
        assert!(!is_file(""));
        assert!(!is_file("; filename=\"\""));
    }

    #[test]
    fn the_boundary_is_found() {
        let of = |text: &str| boundary(text);
        assert_eq!(of("image/jpeg"), None);
        let form = of("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"");
        assert_eq!(form, Some(Ok("a b".into())));
        assert_eq!(
            of("multipart/form-data;boundary=xyz"),
            Some(Ok("xyz".into()))
        );
        assert!(of("multipart/form-data").unwrap().is_err());
        assert!(of("multipart/form-data; boundary=").unwrap().is_err());
        let long = "a".repeat(71);
        assert!(
            of(&format!("multipart/form-data; boundary={long}"))
                .unwrap()
                .is_err()
        );
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for wrong in [
            "",
            "--b",
            "--b\r\n",
            "--b--",
            "--b\r\n\r\n\r\n--b--",
            "--bx\r\n\r\n--b--",
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"x\r\n\r\nx\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=x\r\n\r\nx\r\n",
        ] {
            let read = fields(&Bytes::from_static(wrong.as_bytes()), "b");
            assert!(read.is_err() || wrong == "--b--", "{wrong:?}: {read:?}");
        }
        let many = vec![("x".to_owned(), Vec::new()); MAX_FIELDS + 1];
        assert!(fields(&form(&many, "b"), "b").is_err());
    }

    proptest! {
        #[test]
        fn any_values_come_back(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..5)) {
            let sent: Vec<_> = values.into_iter().enumerate().map(|(i, v)| (format!("n{i}"), v)).collect();
            // A boundary that is in no value, as senders choose it.
            let read = fields(&form(&sent, "9f2b7c1d0e"), "9f2b7c1d0e").unwrap();
            let read: Vec<_> = read.into_iter().map(|f| (f.name, f.value.to_vec())).collect();
            prop_assert_eq!(read, sent);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in "(--b|\r\n|Content-Disposition: form-data; name=|\"|x|;|\\\\|:|--){0,24}") {
            let body = Bytes::from(bytes.into_bytes());
            if let Ok(fields) = fields(&body, "b") {
                prop_assert!(fields.iter().map(|f| f.value.len()).sum::<usize>() <= body.len());
            }
        }
    }
}
