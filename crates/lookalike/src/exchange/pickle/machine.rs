//! The stack machine.
//!
//! It knows data, and nothing that acts: `REDUCE` and `BUILD` are applied to the few objects of
//! [`Global`] only, and do here what they would do there.

use super::super::{ExchangeError, Result};
use super::numpy::{Array, Content, Dtype};
use super::scan::Scanner;
use super::value::{Global, Heap, Object, Value};
use std::collections::HashMap;

/// Runs a pickle and gives the value it leaves, with the objects that it refers to.
pub(super) fn run(input: &[u8]) -> Result<(Heap<'_>, Value)> {
    let mut machine = Machine {
        scanner: Scanner::new(input),
        heap: Heap::new(input),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        decoded: 0,
    };
    loop {
        let opcode = machine.scanner.byte()?;
        if opcode == b'.' {
            let value = machine.pop()?;
            return Ok((machine.heap, value));
        }
        machine.step(opcode)?;
    }
}

struct Machine<'a> {
    scanner: Scanner<'a>,
    heap: Heap<'a>,
    stack: Vec<Value>,
    /// Heights of the stack where a `MARK` stands.
    marks: Vec<usize>,
    memo: HashMap<u64, Value>,
    /// Bytes that text was decoded to; bounded, so that no text is decoded a million times.
    decoded: usize,
}

impl Machine<'_> {
    fn step(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            0x80 => self.protocol(),
            // A frame only says how much may be read at once.
            0x95 => self.scanner.u64().map(drop),
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.pop_to_mark().map(drop),
            b'2' => {
                let top = self.top()?;
                self.push(top)
            }
            b'N' | 0x88 | 0x89 | b'I' | b'J' | b'K' | b'M' | b'L' | 0x8a | 0x8b | b'F' | b'G' => {
                let number = self.number(opcode)?;
                self.push(number)
            }
            b'S' | b'T' | b'U' | b'V' | b'X' | 0x8c | 0x8d => self.text(opcode),
            b'B' | b'C' | 0x8e | 0x96 => self.bytes(opcode),
            b')' | b't' | 0x85..=0x87 => self.tuple(opcode),
            b']' | b'l' | b'a' | b'e' => self.list(opcode),
            b'}' | b'd' | b's' | b'u' => self.dict(opcode),
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.memory(opcode),
            b'c' | 0x93 => self.global(opcode),
            b'R' => self.reduce(),
            b'b' => self.build(),
            0x97 | 0x98 => Err(self
                .scanner
                .malformed("the pickle keeps its data in other files")),
            _ => Err(self.scanner.malformed(format!(
                "this is no pickle of plain data (opcode {opcode:#04x})"
            ))),
        }
    }

    fn protocol(&mut self) -> Result<()> {
        match self.scanner.byte()? {
            0..=5 => Ok(()),
            version => Err(self
                .scanner
                .malformed(format!("pickle protocol {version} is not known"))),
        }
    }

    fn number(&mut self, opcode: u8) -> Result<Value> {
        let scanner = &mut self.scanner;
        Ok(match opcode {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'I' => match scanner.word()? {
                "00" => Value::Bool(false),
                "01" => Value::Bool(true),
                word => Value::Int(
                    word.parse()
                        .map_err(|_| scanner.malformed("a number cannot be read"))?,
                ),
            },
            b'J' => Value::Int(scanner.i32()?.into()),
            b'K' => Value::Int(scanner.byte()?.into()),
            b'M' => Value::Int(scanner.u16()?.into()),
            b'L' => Value::Int(scanner.decimal()?),
            0x8a => {
                let length = scanner.byte()?.into();
                Value::Int(scanner.long(length)?)
            }
            0x8b => {
                let length = scanner.u32()?.into();
                Value::Int(scanner.long(length)?)
            }
            b'F' => Value::Float(scanner.decimal()?),
            _ => Value::Float(f64::from_be_bytes(scanner.array()?)),
        })
    }

    fn text(&mut self, opcode: u8) -> Result<()> {
        let scanner = &mut self.scanner;
        let object = match opcode {
            b'V' => Object::OwnedText(unescape_unicode(scanner.line()?)),
            b'S' => Object::OwnedBytes(
                unescape_python2(scanner.line()?)
                    .ok_or_else(|| scanner.malformed("a string is not quoted"))?,
            ),
            b'T' | b'U' => {
                let length = match opcode {
                    b'T' => scanner.u32()?,
                    _ => scanner.byte()?.into(),
                };
                Object::Bytes(scanner.span(length.into())?)
            }
            _ => {
                let length = match opcode {
                    b'X' => scanner.u32()?.into(),
                    0x8c => scanner.byte()?.into(),
                    _ => scanner.u64()?,
                };
                Object::Text(scanner.span(length)?)
            }
        };
        self.push_object(object)
    }

    fn bytes(&mut self, opcode: u8) -> Result<()> {
        let length = match opcode {
            b'B' => self.scanner.u32()?.into(),
            b'C' => self.scanner.byte()?.into(),
            _ => self.scanner.u64()?,
        };
        let span = self.scanner.span(length)?;
        self.push_object(Object::Bytes(span))
    }

    fn tuple(&mut self, opcode: u8) -> Result<()> {
        let items = match opcode {
            b')' => Vec::new(),
            b't' => self.pop_to_mark()?,
            _ => self.pop_many(usize::from(opcode - 0x84))?,
        };
        self.push_object(Object::Tuple(items))
    }

    fn list(&mut self, opcode: u8) -> Result<()> {
        let items = match opcode {
            b']' => return self.push_object(Object::List(Vec::new())),
            b'l' => {
                let items = self.pop_to_mark()?;
                return self.push_object(Object::List(items));
            }
            b'a' => self.pop_many(1)?,
            _ => self.pop_to_mark()?,
        };
        let list = self.top()?;
        match self.heap.get_mut(list) {
            Some(Object::List(list)) => {
                list.extend(items);
                Ok(())
            }
            _ => Err(self
                .scanner
                .malformed("something is appended to what is no list")),
        }
    }

    fn dict(&mut self, opcode: u8) -> Result<()> {
        let items = match opcode {
            b'}' => return self.push_object(Object::Dict(Vec::new())),
            b's' => self.pop_many(2)?,
            _ => self.pop_to_mark()?,
        };
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.scanner.malformed("a key has no value"));
        }
        let pairs = pairs.iter().map(|&[key, value]| (key, value));
        if opcode == b'd' {
            let pairs = pairs.collect();
            return self.push_object(Object::Dict(pairs));
        }
        let dict = self.top()?;
        match self.heap.get_mut(dict) {
            Some(Object::Dict(dict)) => {
                dict.extend(pairs);
                Ok(())
            }
            _ => Err(self
                .scanner
                .malformed("an item is set in what is no dictionary")),
        }
    }

    /// The memo: values are put under a number, and got from it again.
    fn memory(&mut self, opcode: u8) -> Result<()> {
        let key = match opcode {
            b'p' | b'g' => self.scanner.decimal()?,
            b'q' | b'h' => self.scanner.byte()?.into(),
            b'r' | b'j' => self.scanner.u32()?.into(),
            _ => self.memo.len() as u64,
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            let value = self.memo.get(&key).copied();
            let value =
                value.ok_or_else(|| self.scanner.malformed("the memo has no such entry"))?;
            return self.push(value);
        }
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn global(&mut self, opcode: u8) -> Result<()> {
        let (module, name) = if opcode == b'c' {
            (self.scanner.word()?, self.scanner.word()?)
        } else {
            let names = self.pop_many(2)?;
            match (self.heap.text(names[0]), self.heap.text(names[1])) {
                (Some(module), Some(name)) => (module, name),
                _ => return Err(self.scanner.malformed("an object's name is no text")),
            }
        };
        let global = Global::named(module, name);
        let global = global.ok_or_else(|| ExchangeError::ForeignObject {
            name: format!("{module}.{name}"),
        })?;
        self.push(Value::Global(global))
    }

    /// Calls one of the known objects.
    fn reduce(&mut self) -> Result<()> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        let Value::Global(callable) = callable else {
            return Err(self
                .scanner
                .malformed("something is called that is no known object"));
        };
        let arguments = self.heap.tuple(arguments).unwrap_or_default().to_vec();
        let object = self.call(callable, &arguments)?;
        let object = object.ok_or_else(|| {
            self.scanner
                .malformed(format!("{callable:?} has unfit arguments"))
        })?;
        self.push_object(object)
    }

    fn call(&mut self, callable: Global, arguments: &[Value]) -> Result<Option<Object>> {
        let heap = &self.heap;
        Ok(match (callable, arguments) {
            (Global::Reconstruct, [Value::Global(Global::NdArray), ..]) => {
                Some(Object::Array(Array { content: None }))
            }
            (Global::Dtype, [name, ..]) => match heap.text(*name) {
                Some(name) => match Dtype::named(name) {
                    Some(dtype) => Some(Object::Dtype(dtype)),
                    None => {
                        return Err(self
                            .scanner
                            .malformed(format!("elements of type {name:?} are no numbers")));
                    }
                },
                None => None,
            },
            (Global::FromBuffer, [bytes, dtype, shape, order]) => {
                let fortran = heap.text(*order) == Some("F");
                Content::checked(heap, *shape, *dtype, fortran, *bytes).map(|content| {
                    Object::Array(Array {
                        content: Some(content),
                    })
                })
            }
            (Global::Scalar, [dtype, bytes]) => heap
                .dtype(*dtype)
                .filter(|dtype| heap.bytes(*bytes).map(<[u8]>::len) == Some(dtype.size()))
                .map(|dtype| {
                    let content = Content {
                        dtype,
                        bytes: *bytes,
                    };
                    Object::Array(Array {
                        content: Some(content),
                    })
                }),
            (Global::Encode, [text, ..]) => self.encode(*text)?,
            (Global::Bytes, []) => Some(Object::OwnedBytes(Vec::new())),
            (Global::Bytes, [bytes]) => heap
                .get(*bytes)
                .filter(|object| matches!(object, Object::Bytes(_)))
                .cloned(),
            (Global::OrderedDict, []) => Some(Object::Dict(Vec::new())),
            _ => None,
        })
    }

    /// `_codecs.encode(text, "latin1")`.
    fn encode(&mut self, text: Value) -> Result<Option<Object>> {
        let Some(text) = self.heap.text(text) else {
            return Ok(None);
        };
        self.decoded += text.len();
        if self.decoded > self.heap.input.len() {
            return Err(ExchangeError::TooLarge);
        }
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
        Ok(bytes.map(Object::OwnedBytes))
    }

    /// Gives an object its state.
    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let target = self.top()?;
        let heap = &mut self.heap;
        let state = heap.tuple(state).unwrap_or_default();
        let done = match (heap.get(target), state) {
            (Some(Object::Array(_)), &[_, shape, dtype, fortran, bytes]) => {
                let fortran = matches!(fortran, Value::Bool(true) | Value::Int(1));
                let content = Content::checked(heap, shape, dtype, fortran, bytes);
                match (content, heap.get_mut(target)) {
                    (Some(content), Some(Object::Array(array))) => {
                        array.content = Some(content);
                        true
                    }
                    _ => false,
                }
            }
            (Some(Object::Dtype(_)), &[_, order, ..]) => {
                let big_endian = heap.text(order) == Some(">");
                if let Some(Object::Dtype(dtype)) = heap.get_mut(target) {
                    dtype.big_endian = big_endian;
                }
                true
            }
            _ => false,
        };
        if done {
            return Ok(());
        }
        Err(self
            .scanner
            .malformed("the content of an array does not fit its shape, or is no block of numbers"))
    }

    fn push(&mut self, value: Value) -> Result<()> {
        self.stack.push(value);
        Ok(())
    }

    fn push_object(&mut self, object: Object) -> Result<()> {
        let value = self.heap.store(object).ok_or(ExchangeError::TooLarge)?;
        self.push(value)
    }

    /// The lowest place of the stack that may be taken: what is below belongs to the mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Value> {
        match self.stack.last() {
            Some(&value) if self.stack.len() > self.floor() => Ok(value),
            _ => Err(self.scanner.malformed("the stack is empty")),
        }
    }

    fn pop(&mut self) -> Result<Value> {
        let value = self.top()?;
        self.stack.pop();
        Ok(value)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value>> {
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= self.floor() => Ok(self.stack.split_off(start)),
            _ => Err(self.scanner.malformed("the stack is empty")),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.scanner.malformed("a mark is missing")),
        }
    }
}

/// Protocol 0 text: Latin-1 bytes with `\\uXXXX` and `\\UXXXXXXXX`.
fn unescape_unicode(line: &[u8]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let [first, tail @ ..] = rest {
        let digits = match tail.first() {
            Some(b'u') if *first == b'\\' => 4,
            Some(b'U') if *first == b'\\' => 8,
            _ => 0,
        };
        let code = tail.get(1..1 + digits).filter(|_| digits > 0);
        let code = code.and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = &tail[1 + digits..];
            }
            None => {
                out.push(char::from(*first));
                rest = tail;
            }
        }
    }
    out
}

/// Protocol 0 strings of Python 2: quoted, with Python's escapes.
fn unescape_python2(line: &[u8]) -> Option<Vec<u8>> {
    let quote = *line.first().filter(|b| matches!(b, b'\'' | b'"'))?;
    let mut rest = line.get(1..)?.strip_suffix(&[quote])?;
    let mut out = Vec::with_capacity(rest.len());
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let (&escape, tail) = tail.split_first()?;
        rest = tail;
        out.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
                rest = &tail[2..];
                u8::from_str_radix(hex, 16).ok()?
            }
            other => other,
        });
    }
    Some(out)
}
