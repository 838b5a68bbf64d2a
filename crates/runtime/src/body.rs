//! The body of an answer as it comes in, unpacked and within its limit.

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use std::io::{self, Write};

/// What is wrong with a body.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is larger than the limit.
    TooLarge,
    /// It cannot be unpacked.
    Packing(io::Error),
}

/// Takes in a body piece by piece. The limit is for what comes over the wire and for what comes out.
pub(crate) struct Incoming {
    limit: u64,
    arrived: u64,
    content: Content,
}

enum Content {
    // Most answers come in one piece, which is then content as it is.
    One(Bytes),
    More(BytesMut),
    Packed(Box<MultiGzDecoder<Limited>>),
}

impl Incoming {
    /// A body with these headers. What they say of its packing is taken off them, as it is taken off
    /// the body.
    pub(crate) fn new(headers: &mut HeaderMap, limit: u64) -> Self {
        let packed = headers.get(CONTENT_ENCODING).is_some_and(|value| {
            let name = value.as_bytes().trim_ascii();
            name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip")
        });
        let content = if packed {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
            Content::Packed(Box::new(MultiGzDecoder::new(Limited {
                bytes: Vec::new(),
                limit,
                full: false,
            })))
        } else {
            Content::One(Bytes::new())
        };
        Self {
            limit,
            arrived: 0,
            content,
        }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: Bytes) -> Result<(), BodyError> {
        self.arrived = self.arrived.saturating_add(piece.len() as u64);
        if self.arrived > self.limit {
            return Err(BodyError::TooLarge);
        }
        match &mut self.content {
            Content::One(first) if first.is_empty() => *first = piece,
            Content::One(first) => {
                let mut whole = BytesMut::with_capacity((first.len() + piece.len()) * 2);
                whole.extend_from_slice(first);
                whole.extend_from_slice(&piece);
                self.content = Content::More(whole);
            }
            Content::More(whole) => whole.extend_from_slice(&piece),
            Content::Packed(decoder) => {
                let done = decoder.write_all(&piece);
                return unpacked(decoder, done);
            }
        }
        Ok(())
    }

    /// What came, whole if nothing is said against it.
    pub(crate) fn end(self) -> (Bytes, Option<BodyError>) {
        match self.content {
            Content::One(body) => (body, None),
            Content::More(body) => (body.freeze(), None),
            Content::Packed(mut decoder) => {
                // An answer without a body, such as one to HEAD, may still say how it would be packed.
                let done = if self.arrived == 0 {
                    Ok(())
                } else {
                    let done = decoder.try_finish();
                    unpacked(&decoder, done)
                };
                let body = std::mem::take(&mut decoder.get_mut().bytes);
                (Bytes::from(body), done.err())
            }
        }
    }
}

fn unpacked(decoder: &MultiGzDecoder<Limited>, done: io::Result<()>) -> Result<(), BodyError> {
    done.map_err(|error| {
        if decoder.get_ref().full {
            BodyError::TooLarge
        } else {
            BodyError::Packing(error)
        }
    })
}

// Takes what is unpacked, up to the limit.
struct Limited {
    bytes: Vec<u8>,
    limit: u64,
    full: bool,
}

impl Write for Limited {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let left = self.limit.saturating_sub(self.bytes.len() as u64);
        self.full |= piece.len() as u64 > left;
        if self.full {
            return Err(io::Error::other("the body is larger than the limit"));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8], limit: u64, step: usize) -> Result<Bytes, BodyError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let mut incoming = Incoming::new(&mut headers, limit);
        assert!(headers.is_empty());
        for piece in bytes.chunks(step.max(1)) {
            incoming.push(Bytes::copy_from_slice(piece))?;
        }
        match incoming.end() {
            (body, None) => Ok(body),
            (_, Some(spoilt)) => Err(spoilt),
        }
    }

    proptest! {
        #[test]
        fn b10_any_number_of_members_in_any_pieces_is_unpacked_whole(
            members in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..200), 1..5,
            ),
            step in 1_usize..300,
        ) {
            let bytes: Vec<u8> = members.iter().flat_map(|member| packed(member)).collect();
            let whole = members.concat();
            prop_assert_eq!(read(&bytes, 1 << 20, step).unwrap(), &whole);
            // One byte less, and it is not whole.
            let cut = bytes.get(..bytes.len() - 1).unwrap();
            prop_assert!(matches!(read(cut, 1 << 20, step), Err(BodyError::Packing(_))));
        }
    }

    #[test]
    fn b10_the_limit_is_for_what_comes_out_and_for_what_comes_in() {
        let bomb = packed(&vec![0; 4 << 20]);
        assert!(bomb.len() < 1 << 16);
        assert!(matches!(
            read(&bomb, 1 << 20, 1000),
            Err(BodyError::TooLarge)
        ));
        assert_eq!(read(&bomb, 4 << 20, 1000).unwrap().len(), 4 << 20);
        // Members without end that hold nothing.
        let nothing = packed(b"").repeat(1000);
        assert!(matches!(
            read(&nothing, 1000, 100),
            Err(BodyError::TooLarge)
        ));
    }

    #[test]
    fn b10_no_body_is_no_broken_packing() {
        assert_eq!(read(b"", 100, 1).unwrap(), "");
        for bad in [&b"no gzip at all"[..], b"\x1f\x8b"] {
            assert!(matches!(read(bad, 100, 3), Err(BodyError::Packing(_))));
        }
    }
}
