#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    base::stream::Direction,
    store::Store,
    testing::script::{Script, response},
};

fn sample() -> Facts {
    let mut script = Script::default();
    script.open(1);
    let request = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    let id = script.exchange(1, request, &response(b"body"));
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    Facts::new(store.detail(id).unwrap())
}

#[test]
fn every_format_has_a_name_of_its_own_and_writes_an_exchange() {
    let facts = sample();
    for (index, format) in FORMATS.iter().copied().enumerate() {
        let others = || FORMATS[..index].iter();
        assert_eq!(super::format(format.key()), Some(format));
        assert!(others().all(|other| other.key() != format.key() && other.title() != format.title()));
        let end = |format: &dyn Format| format!("{}.{}", format.suffix(), format.extension());
        assert!(others().all(|other| end(*other) != end(format)), "{format:?}");
        assert!(!format.about().is_empty() && !format.about().ends_with('.'), "{format:?}");
        assert!(
            !format.messages().is_empty() && format.messages().iter().all(|it| Direction::ALL.contains(it))
        );

        let mut out = Vec::new();
        let mut file = Export::begin(format, &mut out).unwrap();
        file.add(&facts, None).unwrap();
        file.add(&facts, None).unwrap();
        let ended = file.end("").unwrap();
        assert_eq!(ended, Ended { written: 2, omitted: Omitted::default() }, "{format:?}");
        assert!(!out.is_empty(), "{format:?}");
        if let Some(clipboard) = format.clipboard() {
            assert!(!text(format, &facts).unwrap().is_empty());
            let named = |other: &&dyn Format| other.clipboard().is_some_and(|it| it.name == clipboard.name);
            assert!(!others().any(named), "{format:?}");
        }
    }
}
