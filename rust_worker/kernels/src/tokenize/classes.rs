use regex_syntax::hir::HirKind;

/// What the pieces tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// None of the others.
    Other,
    /// `\p{L}` of Unicode 15.0.
    Letter,
    /// `\p{N}` of Unicode 15.0.
    Number,
    /// White_Space but line ends.
    Space,
    /// U+000D and U+000A, which are white space too.
    LineEnd,
}

/// The class of every character.
pub(super) struct Classes {
    // A byte a code point: only the pages that hold something other than `Other`, and that texts look at, take memory.
    of: Box<[Class]>,
}

impl Classes {
    pub(super) fn new() -> Self {
        let mut classes = Self {
            of: vec![Class::Other; char::MAX as usize + 1].into(),
        };
        classes.fill(r"[\p{L}&&\p{Age:15.0}]", Class::Letter);
        classes.fill(r"[\p{N}&&\p{Age:15.0}]", Class::Number);
        classes.fill(
            r"[\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]",
            Class::Space,
        );
        classes.fill(r"[\r\n]", Class::LineEnd);
        classes
    }

    fn fill(&mut self, pattern: &str, class: Class) {
        let set = regex_syntax::parse(pattern).expect("a class of characters");
        let HirKind::Class(regex_syntax::hir::Class::Unicode(set)) = set.kind() else {
            unreachable!("{pattern} is a class of characters");
        };
        for range in set.ranges() {
            self.of[range.start() as usize..=range.end() as usize].fill(class);
        }
    }

    /// The class of an ASCII character.
    #[inline]
    pub(super) fn of_ascii(&self, byte: u8) -> Class {
        self.of[usize::from(byte & 0x7F)]
    }

    /// The class of a code point.
    #[inline]
    pub(super) fn of(&self, code_point: usize) -> Class {
        self.of[code_point]
    }
}
