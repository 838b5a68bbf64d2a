//! JSON pointers into an OpenAPI document.

use serde_json::Value;

/// The HTTP methods a path item may hold, in the order they are generated.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "patch", "head", "options", "trace",
];

/// Appends reference tokens to a JSON pointer, escaping them.
pub fn join(pointer: &str, tokens: &[&str]) -> String {
    let mut joined = pointer.to_owned();
    for token in tokens {
        joined.push('/');
        match token.contains(['~', '/']) {
            true => joined.push_str(&token.replace('~', "~0").replace('/', "~1")),
            false => joined.push_str(token),
        }
    }
    joined
}

/// Undoes the escaping of one reference token.
pub fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The JSON pointer that a reference's fragment is, without the `#`: a URI writes some letters as `%41`.
pub fn fragment(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The id of the operation that a pointer lies in, if any.
pub fn operation_at(root: &Value, pointer: &str) -> Option<String> {
    let mut tokens = pointer.split('/').skip(1);
    if tokens.next()? != "paths" {
        return None;
    }
    let path = unescape(tokens.next()?);
    // Beside the methods a path item holds parameters and notes.
    let method = tokens.next().filter(|method| METHODS.contains(method))?;
    let operation = root.get("paths")?.get(&path)?.get(method)?;
    Some(
        operation
            .get("operationId")
            .and_then(Value::as_str)
            .map_or_else(
                || format!("{} {path}", method.to_uppercase()),
                str::to_owned,
            ),
    )
}
