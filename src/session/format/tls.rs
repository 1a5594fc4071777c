//! Writes and reads TLS handshakes.

use std::sync::Arc;

use crate::{
    base::stream::Nanos,
    trace::{Certificate, Handshake, TlsProblem},
};

use super::varint::{Input, Malformed, put, put_bytes, put_near};

/// Upper bound on the certificates of a handshake, and on the names of a certificate.
const LIST_MAX: u64 = 10_000;

/// Writes a handshake.
pub(super) fn put_handshake(out: &mut Vec<u8>, handshake: &Handshake) {
    let Handshake {
        name,
        sends_name,
        began,
        ended,
        version,
        cipher,
        protocol,
        certificates,
        problem,
        detail,
        is_open,
        bytes,
    } = handshake;
    out.extend([u8::from(*sends_name), u8::from(*is_open)]);
    for text in [name, version, cipher, protocol, detail] {
        put_bytes(out, text.as_bytes());
    }
    put_bytes(out, problem.map_or("", TlsProblem::key).as_bytes());
    for number in [began.get(), ended.get(), bytes[0], bytes[1]] {
        put(out, number);
    }
    put(out, certificates.len() as u64);
    for Certificate { subject, names, issuer, valid } in certificates {
        put_bytes(out, subject.as_bytes());
        put_bytes(out, issuer.as_bytes());
        for secs in valid {
            put_near(out, secs.cast_unsigned(), 0);
        }
        put(out, names.len() as u64);
        for name in names {
            put_bytes(out, name.as_bytes());
        }
    }
}

/// Reads a handshake.
pub(super) fn read_handshake(input: &mut Input<'_>) -> Result<Arc<Handshake>, Malformed> {
    let (sends_name, is_open) = (input.byte()? != 0, input.byte()? != 0);
    let mut text = || input.text().map(Box::from);
    let (name, version, cipher, protocol, detail) = (text()?, text()?, text()?, text()?, text()?);
    let problem = match input.text()? {
        "" => None,
        key => Some(TlsProblem::from_key(key).ok_or(Malformed("a name is not known"))?),
    };
    let mut number = || input.number();
    let (began, ended, bytes) = (Nanos::new(number()?), Nanos::new(number()?), [number()?, number()?]);
    let certificates = list(input, |input| {
        let (subject, issuer) = (input.text()?.into(), input.text()?.into());
        let valid = [input.near(0)?.cast_signed(), input.near(0)?.cast_signed()];
        let names = list(input, |input| input.text().map(Into::into))?;
        Ok(Certificate { subject, names, issuer, valid })
    })?;
    Ok(Arc::new(Handshake {
        name,
        sends_name,
        began,
        ended,
        version,
        cipher,
        protocol,
        certificates,
        problem,
        detail,
        is_open,
        bytes,
    }))
}

/// Reads a list, preceded by its length.
fn list<T>(
    input: &mut Input<'_>,
    mut one: impl FnMut(&mut Input<'_>) -> Result<T, Malformed>,
) -> Result<Box<[T]>, Malformed> {
    let count = input.number()?;
    if count > LIST_MAX {
        return Err(Malformed("a list is too long"));
    }
    (0..count).map(|_| one(input)).collect()
}
