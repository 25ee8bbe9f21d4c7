//! The text of a pattern to its automaton.

use regex_syntax::ast::{
    self, Ast, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet, ClassSetBinaryOpKind,
    ClassSetItem, RepetitionKind, RepetitionRange, Span,
};

use super::{
    PatternError,
    nfa::{Nfa, Node},
};

/// All ten digits.
const ANY: u16 = 0x3ff;

/// Most of one thing after another.
const MOST_TIMES: u32 = 1000;

pub(super) fn parse(text: &str) -> Result<Nfa, PatternError> {
    let ast = ast::parse::Parser::new().parse(text);
    let ast = ast.map_err(|error| at(text, error.span(), &error.kind().to_string()))?;
    let mut builder = Builder {
        text,
        nfa: Nfa::new(),
    };
    let start = builder.add(&ast, 0)?;
    Ok(builder.nfa.starting_at(start))
}

fn at(text: &str, span: &Span, problem: &str) -> PatternError {
    PatternError::Syntax {
        at: text[..span.start.offset].chars().count() + 1,
        problem: problem.to_owned(),
    }
}

struct Builder<'a> {
    text: &'a str,
    nfa: Nfa,
}

impl Builder<'_> {
    fn refused(&self, span: &Span, problem: &str) -> PatternError {
        at(self.text, span, problem)
    }

    /// Adds what `ast` says before node `next`; the node with which it begins.
    fn add(&mut self, ast: &Ast, next: u32) -> Result<u32, PatternError> {
        match ast {
            Ast::Empty(_) => Ok(next),
            Ast::Literal(literal) => match literal.c.to_digit(10) {
                Some(digit) => self.nfa.push(Node::Digit(1 << digit, next)),
                None => self.nfa.push(Node::Sign(literal.c, next)),
            },
            Ast::ClassPerl(class) => {
                let set = self.perl(class)?;
                self.nfa.push(Node::Digit(set, next))
            }
            Ast::ClassBracketed(class) => self.class(class, next),
            Ast::Group(group) => {
                if let ast::GroupKind::NonCapturing(flags) = &group.kind
                    && !flags.items.is_empty()
                {
                    return Err(self.refused(&group.span, "expected a group without flags"));
                }
                self.add(&group.ast, next)
            }
            Ast::Concat(parts) => {
                let mut parts = parts.asts.iter().rev();
                parts.try_fold(next, |next, part| self.add(part, next))
            }
            Ast::Alternation(choices) => {
                let starts = choices.asts.iter().map(|choice| self.add(choice, next));
                let starts = starts.collect::<Result<Vec<_>, _>>()?;
                let mut starts = starts.into_iter().rev();
                let last = starts.next().unwrap_or(next);
                starts.try_fold(last, |b, a| self.nfa.push(Node::Split(a, b)))
            }
            Ast::Repetition(repetition) => {
                let (least, most) = match &repetition.op.kind {
                    RepetitionKind::ZeroOrOne => (0, Some(1)),
                    RepetitionKind::ZeroOrMore => (0, None),
                    RepetitionKind::OneOrMore => (1, None),
                    RepetitionKind::Range(RepetitionRange::Exactly(n)) => (*n, Some(*n)),
                    RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (*n, None),
                    RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => (*n, Some(*m)),
                };
                if most == Some(0) || least.max(most.unwrap_or(0)) > MOST_TIMES {
                    let problem = format!("expected 1 to {MOST_TIMES} times, as in \\d{{4}}");
                    return Err(self.refused(&repetition.op.span, &problem));
                }
                self.repeat(&repetition.ast, least, most, next)
            }
            Ast::Dot(span) => Err(self.refused(
                span,
                "expected \\d for any digit, or a point as \\.",
            )),
            Ast::Flags(_) | Ast::Assertion(_) | Ast::ClassUnicode(_) => Err(self.refused(
                ast.span(),
                "expected a digit, \\d, a set or a separator (with \\ before signs of regular expressions)",
            )),
        }
    }

    /// `ast` so many times.
    fn repeat(
        &mut self,
        ast: &Ast,
        least: u32,
        most: Option<u32>,
        next: u32,
    ) -> Result<u32, PatternError> {
        let mut start = next;
        match most {
            Some(most) => {
                for _ in least..most {
                    let once = self.add(ast, start)?;
                    start = self.nfa.push(Node::Split(once, next))?;
                }
            }
            None => {
                let again = self.nfa.push(Node::Split(next, next))?;
                let once = self.add(ast, again)?;
                self.nfa.replace(again, Node::Split(once, next));
                start = again;
            }
        }
        for _ in 0..least {
            start = self.add(ast, start)?;
        }
        Ok(start)
    }

    fn perl(&self, class: &ClassPerl) -> Result<u16, PatternError> {
        if class.kind == ClassPerlKind::Digit && !class.negated {
            return Ok(ANY);
        }
        Err(self.refused(&class.span, "expected \\d, for any digit"))
    }

    /// A set in brackets: of digits, which may be what is not in it, or of signs.
    fn class(&mut self, class: &ClassBracketed, next: u32) -> Result<u32, PatternError> {
        let set = self.set(&class.kind)?;
        let (digits, signs) = match class.negated {
            true => (ANY & !set.digits, Vec::new()),
            false => (set.digits, set.signs),
        };
        match (digits, signs.as_slice()) {
            (0, []) => {
                Err(self.refused(&class.span, "expected a set of at least one digit or sign"))
            }
            (digits, []) => self.nfa.push(Node::Digit(digits, next)),
            (0, [first, others @ ..]) => {
                let mut start = self.nfa.push(Node::Sign(*first, next))?;
                for sign in others {
                    let other = self.nfa.push(Node::Sign(*sign, next))?;
                    start = self.nfa.push(Node::Split(start, other))?;
                }
                Ok(start)
            }
            _ => Err(self.refused(
                &class.span,
                "expected a set of digits or one of signs, not both",
            )),
        }
    }

    fn set(&self, set: &ClassSet) -> Result<Set, PatternError> {
        match set {
            ClassSet::Item(item) => self.item(item),
            ClassSet::BinaryOp(both) => {
                let (a, b) = (self.set(&both.lhs)?, self.set(&both.rhs)?);
                let in_b = |sign: &char| b.signs.contains(sign);
                let (digits, signs): (u16, Vec<char>) = match both.kind {
                    ClassSetBinaryOpKind::Intersection => (
                        a.digits & b.digits,
                        a.signs.into_iter().filter(in_b).collect(),
                    ),
                    ClassSetBinaryOpKind::Difference => (
                        a.digits & !b.digits,
                        a.signs.into_iter().filter(|sign| !in_b(sign)).collect(),
                    ),
                    ClassSetBinaryOpKind::SymmetricDifference => {
                        return Err(self.refused(&both.span, "expected && or -- between sets"));
                    }
                };
                Ok(Set { digits, signs })
            }
        }
    }

    fn item(&self, item: &ClassSetItem) -> Result<Set, PatternError> {
        let digits = |digits| Set {
            digits,
            signs: Vec::new(),
        };
        match item {
            ClassSetItem::Empty(_) => Ok(digits(0)),
            ClassSetItem::Literal(literal) => Ok(match literal.c.to_digit(10) {
                Some(digit) => digits(1 << digit),
                None => Set {
                    digits: 0,
                    signs: vec![literal.c],
                },
            }),
            ClassSetItem::Range(range) => {
                match (range.start.c.to_digit(10), range.end.c.to_digit(10)) {
                    (Some(first), Some(last)) if first <= last => Ok(digits(
                        (first..=last).fold(0, |set, digit| set | 1 << digit),
                    )),
                    _ => Err(self.refused(&range.span, "expected digits or ranges like 0-3")),
                }
            }
            ClassSetItem::Perl(class) => Ok(digits(self.perl(class)?)),
            ClassSetItem::Bracketed(class) if !class.negated => self.set(&class.kind),
            ClassSetItem::Union(union) => {
                let mut all = digits(0);
                for item in &union.items {
                    let set = self.item(item)?;
                    all.digits |= set.digits;
                    all.signs.extend(set.signs);
                }
                Ok(all)
            }
            ClassSetItem::Ascii(_) | ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => {
                Err(self.refused(item.span(), "expected digits or ranges like 0-3"))
            }
        }
    }
}

/// What a set in brackets holds.
struct Set {
    digits: u16,
    signs: Vec<char>,
}
