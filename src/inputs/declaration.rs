//! The declaration of an input in its group, from which parsing, documentation and the check for unused inputs follow.

use secrecy::SecretString;
use serde::Deserialize;

use super::Operation;

/// The declaration of one input.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    pub(super) field: &'static str,
    pub(super) help: &'static str,
    /// The kind of its value, from the type of its field.
    pub(super) kind: Kind,
    /// The placeholder for its value in the command's help.
    pub(super) placeholder: &'static str,
    /// Its default.
    pub(super) preset: Preset,
    /// The operations that use it.
    pub(super) used_by: fn(Operation) -> bool,
    /// Whether it is usually set for a whole job, so that there is no warning when an operation does not use it.
    pub(super) is_for_job: bool,
}

/// The kind of an input's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`. As a flag of the command, it needs no value.
    Boolean,
    /// A secret. It is never a flag of the command, because other users of the machine can read a command line.
    Secret,
}

/// The type of a field in a group.
pub(super) trait Field {
    const KIND: Kind;
}

impl Field for String {
    const KIND: Kind = Kind::Text;
}

impl Field for SecretString {
    const KIND: Kind = Kind::Secret;
}

/// The text of a boolean input, not yet parsed.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Boolean(pub(super) String);

impl Field for Boolean {
    const KIND: Kind = Kind::Boolean;
}

/// The default of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// There is no default.
    None,
    /// The default is this value.
    Fixed(&'static str),
    /// The default depends on the run, as this text describes.
    Depends(&'static str),
}

impl Input {
    /// Creates a declaration with nothing but a name and a help text.
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

    /// Returns the name that users write, such as `api-url`.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// Returns the help text: whole sentences, in Markdown.
    pub fn help(&self) -> &'static str {
        self.help.trim()
    }

    /// Returns the kind of its value.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the placeholder for its value in the command's help.
    pub fn placeholder(&self) -> &'static str {
        self.placeholder
    }

    /// Returns whether an operation uses it.
    pub fn is_used_by(&self, operation: Operation) -> bool {
        (self.used_by)(operation)
    }

    /// Returns its environment variable, in the spelling that a shell can set.
    pub fn variable(&self) -> String {
        format!("INPUT_{}", self.field.to_uppercase())
    }

    /// Returns its default.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Returns its fixed default, or an empty text if it has none.
    pub const fn fixed(&self) -> &'static str {
        match self.preset {
            Preset::Fixed(value) => value,
            Preset::None | Preset::Depends(_) => "",
        }
    }

    /// Returns its fixed default, if it has one.
    fn preset_text(&self) -> Option<&'static str> {
        Some(self.fixed()).filter(|preset| !preset.is_empty())
    }
}

/// An input and its value, if it was set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a, T = String> {
    pub(super) input: &'static Input,
    pub(super) value: Option<&'a T>,
}

impl<'a> Given<'a> {
    /// Returns the value, or else the fixed default.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.map(String::as_str).or_else(|| self.input.preset_text())
    }
}

impl<'a> Given<'a, Boolean> {
    /// Returns the value, or else the fixed default.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.map(|Boolean(text)| text.as_str()).or_else(|| self.input.preset_text())
    }
}

/// A group of related inputs.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Its heading in the documentation.
    pub title: &'static str,
    /// Its inputs, in the order of the documentation.
    pub inputs: &'static [Input],
}

/// Declares a group: a struct with a field for each input, the declarations, and a method for each input that returns
/// its value together with its declaration. The doc comment of a field is the help text, and its type determines the
/// kind of value. `used_by` after the title applies to each input that does not set it.
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

            /// Declares an input of this group with the group's defaults.
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
