//! `/health`, `/api/health` and `/api/users/:id`: the simplest routes.

use serde_json::json;

use crate::http::Status;

use super::{Call, Reply};

/// Reports that the server is running.
pub(super) fn health(_: &Call<'_>) -> Reply {
    Reply::json(Status(200), json!({ "status": "ok" }).to_string())
}

/// Returns the user id from the path.
pub(super) fn user(call: &Call<'_>) -> Reply {
    Reply::json(Status(200), json!({ "id": call.param("id") }).to_string())
}

#[cfg(test)]
mod tests {
    use super::{super::testing::call, *};
    use crate::service::testing::text;

    #[test]
    fn health_is_json() {
        for line in ["GET /health", "GET /api/health", "HEAD /health"] {
            let reply = call(line, &[], b"");
            assert_eq!(reply.status, Status(200));
            assert_eq!(reply.fields.value("Content-Type"), Some("application/json"));
            assert_eq!(text(&reply), "{\"status\":\"ok\"}\n");
        }
    }

    #[test]
    fn a_user_is_named_by_the_decoded_segment() {
        assert_eq!(text(&call("GET /api/users/42", &[], b"")), "{\"id\":\"42\"}\n");
        assert_eq!(text(&call("GET /api/users/a%22%0a", &[], b"")), "{\"id\":\"a\\\"\\n\"}\n");
    }
}
