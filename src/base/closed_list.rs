//! Closed lists: an enum and, in the same place, the table of what is known of each variant.

/// Declares an enum each of whose variants stands with its row of the table:
///
/// ```text
/// closed_list! {
///     /// A limit or a timer.
///     #[derive(Clone, Copy, Debug)]
///     pub enum Guard: pub GuardFacts {
///         /// Largest body.
///         BodyBytes { key: "body_bytes", title: "Largest body", default: 10_000_000 },
///     }
/// }
/// ```
///
/// The enum gets `ALL` and `facts`, which is as visible as the keyword before the name of the row says.
macro_rules! closed_list {
    ($(#[$meta:meta])* pub enum $Name:ident: $visible:vis $Facts:ident {
        $($(#[$doc:meta])* $variant:ident $row:tt,)+
    }) => {
        $(#[$meta])*
        pub enum $Name {
            $($(#[$doc])* $variant,)+
        }

        impl $Name {
            /// Every variant, in the order of the declaration.
            pub const ALL: [Self; [$(stringify!($variant)),+].len()] = [$(Self::$variant),+];

            /// The row of the table.
            #[must_use]
            $visible const fn facts(self) -> &'static $Facts {
                match self {
                    $(Self::$variant => const { &$Facts $row },)+
                }
            }
        }
    };
}

/// Gives a list with `ALL`, whose rows have a stable `key`, the way from the one to the other. JSON has the key.
macro_rules! keyed {
    ($Name:ident) => {
        impl $Name {
            /// The stable name in files and in JSON.
            #[must_use]
            pub const fn key(self) -> &'static str {
                self.facts().key
            }

            /// The member with this key. `None`: unknown key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.key() == key)
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.key())
            }
        }
    };
}

pub(crate) use {closed_list, keyed};
