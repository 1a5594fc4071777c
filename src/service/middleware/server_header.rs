//! The Server field (RFC 9110 §10.2.4).

use crate::base::shared_text::SharedText;

use super::super::Reply;

/// Sets the field. An empty `value` sets none.
pub fn up(value: &SharedText, reply: &mut Reply) -> SharedText {
    if value.is_empty() {
        return "its value is empty, so none was set".into();
    }
    reply.fields.set("Server", value.clone());
    "Server set".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Status;

    #[test]
    fn the_value_comes_from_the_settings() {
        let mut reply = Reply::text(Status(200), "");
        up(&"".into(), &mut reply);
        assert_eq!(reply.fields.value("Server"), None);
        up(&"byteglass\r\nX: y".into(), &mut reply);
        assert_eq!(reply.fields.value("Server"), Some("byteglass??X: y"));
    }
}
