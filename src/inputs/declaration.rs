//! How an input is declared: once, in its group. Reading, the documentation and the check of what an operation uses all
//! follow from that declaration.

use secrecy::SecretString;
use serde::Deserialize;

use super::Operation;

/// One input, as its group declares it.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    pub(super) field: &'static str,
    pub(super) help: &'static str,
    /// What kind of value it takes, which follows from the type of its field.
    pub(super) kind: Kind,
    /// What stands for its value in the help of the command.
    pub(super) placeholder: &'static str,
    /// The value of an input that is not set.
    pub(super) preset: Preset,
    /// The operations that use it.
    pub(super) used_by: fn(Operation) -> bool,
    /// Usually set for a whole job, so that nothing is said where an operation does not use it.
    pub(super) is_for_job: bool,
}

/// The kind of an input's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, whatever it means.
    Text,
    /// `true` or `false`; as a flag of the command it needs no value.
    Boolean,
    /// Never a flag of the command, because others on the machine can read those.
    Secret,
}

/// A type that a group's field may have.
pub(super) trait Field {
    const KIND: Kind;
}

impl Field for String {
    const KIND: Kind = Kind::Text;
}

impl Field for SecretString {
    const KIND: Kind = Kind::Secret;
}

/// The text of a boolean input, not yet understood.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Boolean(pub(super) String);

impl Field for Boolean {
    const KIND: Kind = Kind::Boolean;
}

/// The value of an input that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// There is none.
    None,
    /// Always the same one.
    Fixed(&'static str),
    /// It depends on the run, as this text describes.
    Depends(&'static str),
}

impl Input {
    /// What a group's macro starts from.
    pub(super) const fn new(field: &'static str, help: &'static str) -> Self {
        Self {
            field,
            help,
            kind: Kind::Text,
            placeholder: "VALUE",
            preset: Preset::None,
            used_by: |_| true,
            is_for_job: false,
        }
    }

    /// The name that users write, such as `api-url`.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// What it means: whole sentences, in Markdown.
    pub fn help(&self) -> &'static str {
        self.help.trim()
    }

    /// What kind of value it takes.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What stands for its value in the help of the command.
    pub fn placeholder(&self) -> &'static str {
        self.placeholder
    }

    /// Whether an operation uses it.
    pub fn is_used_by(&self, operation: Operation) -> bool {
        (self.used_by)(operation)
    }

    /// The environment variable that a shell can set.
    pub fn variable(&self) -> String {
        format!("INPUT_{}", self.field.to_uppercase())
    }

    /// The value of an input that is not set.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// The value that stands for an input that is not set; empty where there is none.
    pub const fn fixed(&self) -> &'static str {
        match self.preset {
            Preset::Fixed(value) => value,
            Preset::None | Preset::Depends(_) => "",
        }
    }

    /// The same where there is one.
    fn preset_text(&self) -> Option<&'static str> {
        Some(self.fixed()).filter(|preset| !preset.is_empty())
    }
}

/// An input with the value that it was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a, T = String> {
    pub(super) input: &'static Input,
    pub(super) value: Option<&'a T>,
}

impl<'a> Given<'a> {
    /// The value, or the fixed one of an input that is not set.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.map(String::as_str).or_else(|| self.input.preset_text())
    }
}

impl<'a> Given<'a, Boolean> {
    /// The value, or the fixed one of an input that is not set.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.map(|Boolean(text)| text.as_str()).or_else(|| self.input.preset_text())
    }
}

/// Some inputs that belong together.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// A heading for the documentation.
    pub title: &'static str,
    /// In the order of the documentation.
    pub inputs: &'static [Input],
}

/// Declares a group: a struct with a field for each input, the declarations themselves, and a method for each input
/// that returns its value together with its declaration. The documentation comment of a field is the help text, its type
/// the kind of value; `used_by` behind the title holds for each input that does not say it itself.
macro_rules! group {
    (
        $title:literal $(, used_by: $user:expr)?; struct $name:ident {
            $( $(#[doc = $help:literal])+ $field:ident: $kind:ty $({ $($key:ident: $value:expr),+ $(,)? })? ),+ $(,)?
        }
    ) => {
        #[allow(clippy::struct_field_names, reason = "each has the name of its input")]
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(rename_all = "kebab-case", default)]
        pub(super) struct $name { $($field: Option<$kind>),+ }

        impl $name {
            pub(super) const GROUP: $crate::inputs::declaration::Group =
                $crate::inputs::declaration::Group { title: $title, inputs: Self::INPUTS };
            const INPUTS: &'static [$crate::inputs::declaration::Input] = &[
                $($crate::inputs::declaration::Input {
                    $($($key: $value,)+)?
                    ..Self::declared(
                        stringify!($field),
                        concat!($($help),+),
                        <$kind as $crate::inputs::declaration::Field>::KIND,
                    )
                }),+
            ];

            /// An input of this group that says nothing of its own.
            const fn declared(
                field: &'static str,
                help: &'static str,
                kind: $crate::inputs::declaration::Kind,
            ) -> $crate::inputs::declaration::Input {
                let input = $crate::inputs::declaration::Input { kind, ..$crate::inputs::declaration::Input::new(field, help) };
                $(let input = $crate::inputs::declaration::Input { used_by: $user, ..input };)?
                input
            }

            $(fn $field(&self) -> $crate::inputs::declaration::Given<'_, $kind> {
                const INPUT: $crate::inputs::declaration::Input = $crate::inputs::declaration::Input {
                    $($($key: $value,)+)?
                    ..$name::declared(
                        stringify!($field),
                        concat!($($help),+),
                        <$kind as $crate::inputs::declaration::Field>::KIND,
                    )
                };
                $crate::inputs::declaration::Given { input: &INPUT, value: self.$field.as_ref() }
            })+
        }
    };
}
pub(super) use group;
