//! The Server field (RFC 9110 §10.2.4).

use crate::{base::shared_text::SharedText, trace::StepSummary};

use super::{
    super::{Clock, Reply, Request},
    Descriptor, Middleware, MiddlewareSettings, Trimmed,
};

pub(super) const DESCRIPTOR: Descriptor = Descriptor {
    key: "server-header",
    title: "Server header",
    about: "Adds a Server field with this value.",
    on_by_default: true,
    build: || Box::<ServerHeader>::default(),
};

/// The default value of the field.
pub(super) const SERVER: &str = "byteglass";

#[derive(Clone, Debug, Default)]
struct ServerHeader {
    value: Trimmed,
}

impl Middleware for ServerHeader {
    fn handles_requests(&self) -> bool {
        false
    }

    fn on_response(
        &mut self,
        settings: &MiddlewareSettings,
        _request: Option<&Request<'_>>,
        reply: &mut Reply,
        _clock: &dyn Clock,
    ) -> StepSummary {
        set(self.value.of(&settings.server_header), reply)
    }
}

/// Sets the field, unless `value` is empty.
fn set(value: &SharedText, reply: &mut Reply) -> StepSummary {
    if value.is_empty() {
        return "skipped: the value is empty".into();
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
        set(&"".into(), &mut reply);
        assert_eq!(reply.fields.value("Server"), None);
        set(&"byteglass\r\nX: y".into(), &mut reply);
        assert_eq!(reply.fields.value("Server"), Some("byteglass??X: y"));
    }
}
