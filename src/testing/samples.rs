//! Samples of closed lists whose variants hold values.

use std::sync::Arc;

use crate::{
    base::stream::Nanos,
    http::Rule,
    trace::{Certificate, Handshake, NoteKind, TlsProblem},
};

impl NoteKind {
    /// A note of each kind, in the order of [`NoteKind::KEYS`]. A test compares the two.
    pub fn samples() -> Vec<Self> {
        vec![
            Self::Violation(Rule::BareLineFeed.into(), None),
            Self::FileShrank(4),
            Self::FileFailed("no".into()),
            Self::BytesAfterLast(5),
            Self::UrgentByte { byte: b'!', offset: 1 },
            Self::Trouble("on purpose".into()),
            Self::Text("text".into()),
        ]
    }
}

impl Handshake {
    /// A handshake without a problem, and one that failed for each problem.
    pub fn samples() -> Vec<Arc<Self>> {
        let certificate = |subject: &str, names: &[&str]| Certificate {
            subject: subject.into(),
            names: names.iter().map(|name| (*name).into()).collect(),
            issuer: "CN=Example CA".into(),
            valid: [-1, 1_900_000_000],
        };
        let open = Self {
            name: "app.test".into(),
            sends_name: true,
            began: Nanos::new(5),
            ended: Nanos::new(1_500_005),
            version: "TLS 1.3".into(),
            cipher: "TLS_AES_256_GCM_SHA384".into(),
            protocol: "http/1.1".into(),
            certificates: [
                certificate("CN=app.test", &["app.test", "::1"]),
                certificate("CN=Example CA", &[]),
            ]
            .into(),
            problem: None,
            detail: "".into(),
            is_open: true,
            bytes: [2_000, 500],
        };
        let failed = |problem| {
            let (problem, detail) = (Some(problem), "unknown (0)".into());
            let agreed = || Box::from("");
            let (version, cipher, protocol) = (agreed(), agreed(), agreed());
            Self { version, cipher, protocol, problem, detail, is_open: false, ..open.clone() }
        };
        let failed = TlsProblem::ALL.map(failed);
        std::iter::once(open).chain(failed).map(Arc::new).collect()
    }
}
