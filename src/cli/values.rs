//! The values of options: how they are read, and why they are refused.

use std::fmt;

use byteglass::{
    explain::replay::Side,
    filter::Filter,
    gateway::{Address, AddressError, GatewaySettings, GroupSettings, Mount},
    lines::BufferKind,
    service::MiddlewareKind,
    terminal::Format,
    trace::{Guard, GuardUnit},
};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// A backend, and the prefix under which its group is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyTarget {
    mount: Mount,
    address: Address,
}

impl ProxyTarget {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (prefix, url) = match text.split_once('=') {
            Some((prefix, url)) if prefix.starts_with('/') => (prefix, url),
            _ => ("/", text),
        };
        let mount = Mount::new(prefix).ok_or("the prefix must be a path like /api, without dot segments")?;
        let address: Address = url.parse().map_err(|error: AddressError| error.to_string())?;
        Ok(Self { mount, address })
    }

    /// The groups of these backends, in the order in which their prefixes were named first.
    pub(crate) fn groups(targets: &[Self]) -> Vec<GroupSettings> {
        let mut gateway = GatewaySettings::default();
        for target in targets {
            gateway.add(&target.mount, target.address.clone());
        }
        gateway.groups
    }
}

/// A guard and the value that it is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GuardValue {
    pub(crate) guard: Guard,
    pub(crate) value: u64,
}

impl GuardValue {
    pub(super) fn parse(text: &str) -> Result<Self, OptionError> {
        let (name, value) = text.split_once('=').ok_or(OptionError::GuardWithoutValue)?;
        let guard = Guard::ALL.into_iter().find(|guard| option_name(guard.key()) == name);
        let guard = guard.ok_or(OptionError::GuardUnknown)?;
        let facts = guard.facts();
        match value.parse() {
            Ok(value) if (facts.min..=facts.max).contains(&value) => Ok(Self { guard, value }),
            _ => Err(OptionError::GuardOutOfBounds { min: facts.min, max: facts.max }),
        }
    }
}

/// The name of a guard on the command line.
pub(super) fn option_name(key: &str) -> String {
    key.replace('_', "-")
}

fn guard_names() -> String {
    Guard::ALL.map(|guard| option_name(guard.key())).join(", ")
}

pub(super) fn guard_help() -> String {
    let named = |unit: GuardUnit| {
        let of_unit = Guard::ALL.into_iter().filter(|guard| guard.facts().unit == unit);
        of_unit.map(|guard| option_name(guard.key())).collect::<Vec<_>>().join(", ")
    };
    format!(
        "Set a limit or a timer: {} (in milliseconds), {} (in bytes), {}. Repeatable",
        named(GuardUnit::Millis),
        named(GuardUnit::Bytes),
        named(GuardUnit::Connections)
    )
}

/// Why the value of an option is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptionError {
    /// `--guard` without `=`.
    GuardWithoutValue,
    /// No guard has this name.
    GuardUnknown,
    /// The value is no number, or not one that the guard takes.
    GuardOutOfBounds {
        /// The smallest value.
        min: u64,
        /// The largest value.
        max: u64,
    },
    /// The value of `--host` is not a host name.
    NotAHost,
    /// No middleware has this name.
    MiddlewareUnknown,
    /// No buffer has this name.
    BufferUnknown,
    /// The value of `--index` is not the name of a file.
    NotAName,
    /// The value of `--mime` is not an ending and a media type.
    NotAType,
    /// The value of `--cors-origin` is not an origin.
    NotAnOrigin,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GuardWithoutValue => f.write_str("expected NAME=VALUE"),
            Self::GuardUnknown => write!(f, "unknown guard; expected one of {}", guard_names()),
            Self::GuardOutOfBounds { min, max } => {
                write!(f, "expected a whole number from {min} to {max}")
            }
            Self::NotAHost => f.write_str("expected a host name without http:// and without a port"),
            Self::MiddlewareUnknown => {
                let names = MiddlewareKind::ALL.map(MiddlewareKind::key).join(", ");
                write!(f, "unknown middleware; expected one of {names}")
            }
            Self::BufferUnknown => {
                let names = BufferKind::ALL.map(BufferKind::key).join(", ");
                write!(f, "unknown buffer; expected one of {names}")
            }
            Self::NotAName => f.write_str("expected the name of a file, without a folder"),
            Self::NotAType => f.write_str("expected EXT=TYPE, as in geojson=application/geo+json"),
            Self::NotAnOrigin => f.write_str("expected an origin, as in http://localhost:3000, or *"),
        }
    }
}

impl std::error::Error for OptionError {}

/// Reads the name of a format of events.
pub(super) fn event_format() -> impl TypedValueParser<Value = Format> {
    let of_name = |name: String| if name == "json" { Format::Json } else { Format::Text };
    PossibleValuesParser::new(["text", "json"]).map(of_name)
}

/// RFC 3986 §3.2.2: the characters of a host, without a port.
pub(super) fn host(name: &str) -> Result<String, OptionError> {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let fits = if let Some(literal) = inner {
        literal.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        // A domain, and all hosts below it.
        let name = name.strip_prefix("*.").or_else(|| name.strip_prefix('.')).unwrap_or(name);
        name.split('.').rev().skip(1).all(|label| !label.is_empty())
            && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    if fits { Ok(name.to_owned()) } else { Err(OptionError::NotAHost) }
}

pub(super) fn middleware(name: &str) -> Result<MiddlewareKind, OptionError> {
    MiddlewareKind::by_key(name).ok_or(OptionError::MiddlewareUnknown)
}

/// A filter. Below a mistake stands a line that points at it.
pub(super) fn filter(text: &str) -> Result<Filter, String> {
    Filter::parse(text).map_err(|error| {
        let before = text[..error.span.start].chars().count();
        let wrong = text[error.span.clone()].chars().count();
        format!("{}\n  {text}\n  {}{}", error.explained(), " ".repeat(before), "^".repeat(wrong))
    })
}

pub(super) fn buffer(name: &str) -> Result<BufferKind, OptionError> {
    BufferKind::from_key(name).ok_or(OptionError::BufferUnknown)
}

pub(super) fn index(name: &str) -> Result<Box<str>, OptionError> {
    let fits = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    if fits { Ok(name.into()) } else { Err(OptionError::NotAName) }
}

/// RFC 9110 §8.3.1: `media-type = type "/" subtype parameters`, all of it visible ASCII here.
pub(super) fn media_type(text: &str) -> Result<(Box<str>, Box<str>), OptionError> {
    let (ending, media_type) = text.split_once('=').ok_or(OptionError::NotAType)?;
    let ending = ending.trim_start_matches('.').to_ascii_lowercase();
    let is_type = media_type.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
    let is_text = media_type.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let is_ending = !ending.is_empty() && !ending.contains(['.', '/']);
    if is_type && is_text && is_ending {
        Ok((ending.into(), media_type.into()))
    } else {
        Err(OptionError::NotAType)
    }
}

/// RFC 6454 §6.2: an origin as a browser writes it, or all of them.
pub(super) fn origin(text: &str) -> Result<String, OptionError> {
    let rest = text.split_once("://").filter(|(scheme, _)| !scheme.is_empty()).map(|(_, rest)| rest);
    let is_origin = rest.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@".contains(&byte))
    });
    if text == "*" || is_origin { Ok(text.to_owned()) } else { Err(OptionError::NotAnOrigin) }
}

/// A side of an exchange, by its key.
pub(super) fn side() -> impl TypedValueParser<Value = Side> {
    let names = Side::ALL.map(|side| PossibleValue::new(side.key()).help(side.facts().title));
    PossibleValuesParser::new(names).try_map(|name| Side::from_key(&name).ok_or("unknown side"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_needs_a_name_that_there_is_and_a_number_in_bounds() {
        for wrong in ["body-bytes", "body=1", "connections=0", "connections=-1", "idle-timeout=4294967296"] {
            assert!(GuardValue::parse(wrong).is_err(), "{wrong}");
        }
        let most = GuardValue::parse("body-bytes=18446744073709551615").map(|given| given.value);
        assert_eq!(most, Ok(u64::MAX));
        let names: Vec<_> = Guard::ALL.iter().map(|guard| option_name(guard.key())).collect();
        let unknown = GuardValue::parse("body=1").map_err(|error| error.to_string());
        assert_eq!(unknown, Err(format!("unknown guard; expected one of {}", names.join(", "))));
    }

    #[test]
    fn values_of_the_folder_are_checked() {
        for (text, expected) in [
            ("geojson=application/geo+json", Ok(("geojson", "application/geo+json"))),
            (".X=text/x; charset=utf-8", Ok(("x", "text/x; charset=utf-8"))),
            ("x", Err(OptionError::NotAType)),
            ("x=text", Err(OptionError::NotAType)),
            ("=text/x", Err(OptionError::NotAType)),
            ("x=text/x\r\nA: b", Err(OptionError::NotAType)),
        ] {
            assert_eq!(
                media_type(text),
                expected.map(|(ending, kind)| (ending.into(), kind.into())),
                "{text}"
            );
        }
        assert!(index("home.htm").is_ok() && index("a/b").is_err() && index(".env").is_err());
        assert!(origin("*").is_ok() && origin("https://a.example:1").is_ok());
        assert!(origin("a.example").is_err() && origin("https://a.example/").is_err());
    }
}
