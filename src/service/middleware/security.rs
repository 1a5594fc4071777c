//! Security headers: what a browser may do with a response.

use crate::base::shared_text::SharedText;

use super::super::Reply;

/// Each with what it is for.
const FIELDS: [(&str, &str); 5] = [
    // The type is what Content-Type says (https://fetch.spec.whatwg.org/#x-content-type-options-header).
    ("X-Content-Type-Options", "nosniff"),
    // Other sites are not told which page a link was on.
    ("Referrer-Policy", "no-referrer"),
    // Other sites cannot show a page of this one in a frame; X-Frame-Options says it to old browsers.
    ("Content-Security-Policy", "frame-ancestors 'self'"),
    ("X-Frame-Options", "SAMEORIGIN"),
    // Other sites cannot load what is served here into their pages.
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

/// Adds the fields.
pub fn up(reply: &mut Reply) -> SharedText {
    for (name, value) in FIELDS {
        reply.fields.set(name, value);
    }
    "5 fields set".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Rule, Status};

    #[test]
    fn every_reply_gets_each_field_once() {
        for mut reply in [Reply::text(Status(200), ""), Reply::refusal(Rule::NotFound)] {
            assert_eq!(*up(&mut reply), *format!("{} fields set", FIELDS.len()));
            for (name, value) in FIELDS {
                let found: Vec<_> = reply.fields.iter().filter(|line| line.0 == name).collect();
                assert_eq!(found, [(name, value)]);
            }
        }
    }
}
