//! The Server field (RFC 9110 §10.2.4).

use std::borrow::Cow;

use super::super::Reply;

/// Sets the field. An empty `value` sets none.
pub fn up(value: &str, reply: &mut Reply) -> Cow<'static, str> {
    let value = value.trim();
    if value.is_empty() {
        return "its value is empty, so none was set".into();
    }
    reply.fields.set("Server", value.to_owned());
    "Server set".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Status;

    #[test]
    fn the_value_comes_from_the_settings() {
        let mut reply = Reply::text(Status(200), "");
        up(" ", &mut reply);
        assert_eq!(reply.fields.value("Server"), None);
        up("byteglass\r\nX: y", &mut reply);
        assert_eq!(reply.fields.value("Server"), Some("byteglass??X: y"));
    }
}
