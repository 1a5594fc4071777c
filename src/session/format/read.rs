//! Reads parts that several kinds of records have: names of closed lists, addresses, times.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    base::stream::{ExchangeId, Role},
    trace::{Again, AgainSource, Mark, MarkColour},
};

use super::{
    codes::code,
    varint::{Input, Malformed},
};

/// Reads a wall-clock time.
pub(crate) fn read_wall_clock(input: &mut Input<'_>) -> Result<SystemTime, Malformed> {
    let seconds = input.near(0)?.cast_signed();
    let nanos: u32 = input.small()?;
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    let time = if seconds < 0 { epoch.checked_sub(whole) } else { epoch.checked_add(whole) };
    let time = time.filter(|_| nanos < 1_000_000_000);
    time.and_then(|time| time.checked_add(Duration::from_nanos(nanos.into())))
        .ok_or(Malformed("a time is out of range"))
}

/// Reads who opened a connection.
pub(crate) fn read_role(input: &mut Input<'_>) -> Result<Role, Malformed> {
    Ok(match input.byte()? {
        code::ACCEPTED => Role::Accepted,
        code::DIALED => Role::Dialed,
        _ => return Err(Malformed("a connection is opened by nobody known")),
    })
}

/// Reads an address.
pub(crate) fn read_socket(input: &mut Input<'_>) -> Result<SocketAddr, Malformed> {
    Ok(match input.byte()? {
        4 => SocketAddrV4::new(Ipv4Addr::from(input.array::<4>()?), input.small()?).into(),
        6 => {
            let ip = Ipv6Addr::from(input.array::<16>()?);
            SocketAddrV6::new(ip, input.small()?, input.small()?, input.small()?).into()
        }
        _ => return Err(Malformed("an address is of no known kind")),
    })
}

/// Reads what an exchange is a copy of.
pub(crate) fn read_again(input: &mut Input<'_>) -> Result<Again, Malformed> {
    let source = keyed(input, AgainSource::from_key)?;
    let of = ExchangeId::new(input.number()?).ok_or(Malformed("a copy is one of no exchange"))?;
    Ok(Again { of, source, without_credentials: input.byte()? != 0 })
}

/// Reads a mark. `None`: it was taken away.
pub(crate) fn read_mark(input: &mut Input<'_>) -> Result<Option<Arc<Mark>>, Malformed> {
    let colour = match input.text()? {
        "" => None,
        key => Some(MarkColour::from_key(key).ok_or(Malformed("a name is not known"))?),
    };
    Ok(Mark::new(colour, input.text()?).map(Arc::new))
}

/// Reads an entry of a closed list by its stable key.
pub(crate) fn keyed<T>(input: &mut Input<'_>, from_key: impl Fn(&str) -> Option<T>) -> Result<T, Malformed> {
    from_key(input.text()?).ok_or(Malformed("a name is not known"))
}
