//! grammers (crates.io: grammers-tl-types), as it reads an answer and writes a request.
//!
//! loop.py in Rust: orders as lines of JSON on stdin, replies on stdout.

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{self, BufRead, Write};

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use grammers_tl_types::deserialize::{Cursor, Error};
use grammers_tl_types::{enums, functions, Deserializable, Identifiable, Serializable, LAYER};
use serde_json::{json, Value as Json};

/// The values of the workloads.
#[allow(clippy::large_enum_variant)]
enum Value {
    SentCode(enums::auth::SentCode),
    SendCode(functions::auth::SendCode),
    Messages(enums::messages::Messages),
    EmojiList(enums::EmojiList),
    File(enums::upload::File),
    SaveFilePart(functions::upload::SaveFilePart),
}

#[derive(Clone, Copy)]
enum Kind {
    SentCode,
    SendCode,
    Messages,
    EmojiList,
    File,
    SaveFilePart,
}

fn kind_of(name: &str) -> Result<Kind, String> {
    match name.split(' ').next().unwrap_or("") {
        "auth.sentCode" => Ok(Kind::SentCode),
        "auth.sendCode" => Ok(Kind::SendCode),
        "messages.messages" | "messages.messages," => Ok(Kind::Messages),
        "vector<long>" => Ok(Kind::EmojiList),
        "upload.file" => Ok(Kind::File),
        "upload.saveFilePart" => Ok(Kind::SaveFilePart),
        other => Err(format!("no type for {other}")),
    }
}

/// A function's fields follow its id.
fn function<T: Deserializable + Identifiable>(data: &[u8]) -> Result<T, Error> {
    let mut cursor = Cursor::from_slice(data);
    let id = u32::deserialize(&mut cursor)?;
    if id != T::CONSTRUCTOR_ID {
        return Err(Error::UnexpectedConstructor { id });
    }
    T::deserialize(&mut cursor)
}

fn decode(kind: Kind, data: &[u8]) -> Result<Value, Error> {
    Ok(match kind {
        Kind::SentCode => Value::SentCode(Deserializable::from_bytes(data)?),
        Kind::SendCode => Value::SendCode(function(data)?),
        Kind::Messages => Value::Messages(Deserializable::from_bytes(data)?),
        Kind::EmojiList => Value::EmojiList(Deserializable::from_bytes(data)?),
        Kind::File => Value::File(Deserializable::from_bytes(data)?),
        Kind::SaveFilePart => Value::SaveFilePart(function(data)?),
    })
}

fn encode(value: &Value) -> Vec<u8> {
    match value {
        Value::SentCode(value) => value.to_bytes(),
        Value::SendCode(value) => value.to_bytes(),
        Value::Messages(value) => value.to_bytes(),
        Value::EmojiList(value) => value.to_bytes(),
        Value::File(value) => value.to_bytes(),
        Value::SaveFilePart(value) => value.to_bytes(),
    }
}

fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn text<'a>(order: &'a Json, name: &str) -> &'a str {
    order[name].as_str().unwrap_or("")
}

/// One workload: its bytes, and the values that they are.
struct Loaded {
    kind: Kind,
    data: Vec<Vec<u8>>,
    values: Vec<Value>,
}

fn load(loaded: &mut HashMap<String, Loaded>, order: &Json) -> Result<Json, String> {
    let name = text(order, "name");
    let kind = kind_of(name)?;
    let parts: Vec<&str> = match order["many"].as_array() {
        Some(many) => many.iter().filter_map(Json::as_str).collect(),
        None => vec![text(order, "data")],
    };
    let mut entry = Loaded { kind, data: Vec::new(), values: Vec::new() };
    let mut remark = Json::Null;
    for part in parts {
        let data = STANDARD.decode(part).map_err(|error| error.to_string())?;
        let value = decode(kind, &data).map_err(|error| error.to_string())?;
        let written = encode(&value);
        if written != data {
            remark = json!(format!("reads {} bytes, but writes other {}", data.len(), written.len()));
        }
        entry.data.push(data);
        entry.values.push(value);
    }
    loaded.insert(name.to_string(), entry);
    Ok(json!({ "remark": remark }))
}

fn time(loaded: &HashMap<String, Loaded>, order: &Json) -> Result<Json, String> {
    let name = text(order, "name");
    let entry = loaded.get(name).ok_or("not loaded")?;
    let loops = order["loops"].as_u64().unwrap_or(1);
    let mut seconds = 0.0;
    if entry.data.len() == 1 {
        let began = cpu();
        for _ in 0..loops {
            if text(order, "op") == "decode" {
                black_box(decode(entry.kind, black_box(&entry.data[0])).map_err(|error| error.to_string())?);
            } else {
                black_box(encode(black_box(&entry.values[0])));
            }
        }
        return Ok(json!({ "seconds": cpu() - began }));
    }
    // Distinct values: each is decoded, or encoded, once, and kept until all are.
    let batches = loops.div_ceil(entry.data.len() as u64);
    for _ in 0..batches {
        let began = cpu();
        let kept: Result<Vec<Value>, Error> = entry.data.iter().map(|data| decode(entry.kind, data)).collect();
        let kept = kept.map_err(|error| error.to_string())?;
        if text(order, "op") == "decode" {
            seconds += cpu() - began;
        } else {
            let began = cpu();
            for value in &kept {
                black_box(encode(value));
            }
            seconds += cpu() - began;
        }
        black_box(kept);
    }
    Ok(json!({ "seconds": seconds * loops as f64 / (batches * entry.data.len() as u64) as f64 }))
}

fn main() {
    let reply = |message: Json| {
        println!("{message}");
        io::stdout().flush().expect("stdout");
    };
    reply(json!({ "runtime": "Rust, release build", "version": "0.11.0", "layer": LAYER }));
    let mut loaded = HashMap::new();
    for line in io::stdin().lock().lines() {
        let order: Json = serde_json::from_str(&line.expect("stdin")).expect("JSON");
        let done = match text(&order, "do") {
            "load" => load(&mut loaded, &order),
            "time" => time(&loaded, &order),
            "drop" => Ok(json!({ "dropped": loaded.remove(text(&order, "name")).is_some() })),
            other => Err(format!("cannot {other}")),
        };
        reply(done.unwrap_or_else(|error| json!({ "error": error })));
    }
}
