//! A pattern as a nondeterministic automaton (Thompson, "Regular Expression Search
//! Algorithm", 1968).

use std::collections::{BTreeMap, VecDeque};

use super::PatternError;

/// One node, with those after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// One digit out of those for which the bit is set.
    Digit(u16, u32),
    /// A sign between digits.
    Sign(char, u32),
    /// Either of both, the first rather.
    Split(u32, u32),
    /// The end.
    End,
}

/// Nodes, of which the first is the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nfa {
    nodes: Vec<Node>,
    start: u32,
}

/// Most nodes.
const MOST_NODES: usize = 10_000;

impl Nfa {
    /// The end alone.
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::End],
            start: 0,
        }
    }

    /// Adds a node.
    pub(super) fn push(&mut self, node: Node) -> Result<u32, PatternError> {
        if self.nodes.len() >= MOST_NODES {
            return Err(PatternError::Size { most: MOST_NODES });
        }
        self.nodes.push(node);
        Ok(self.nodes.len() as u32 - 1)
    }

    /// Puts another node in the place of one.
    pub(super) fn replace(&mut self, at: u32, node: Node) {
        self.nodes[at as usize] = node;
    }

    /// It begins at `start`.
    pub(super) fn starting_at(self, start: u32) -> Self {
        Self { start, ..self }
    }

    pub(super) fn start(&self) -> u32 {
        self.start
    }

    /// Nodes that read something, or the end, reached from `nodes` by splits and by what
    /// `passes`; in order.
    pub(super) fn closure(
        &self,
        nodes: impl IntoIterator<Item = u32>,
        passes: impl Fn(&Node) -> bool,
    ) -> Vec<u32> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<u32> = nodes.into_iter().collect();
        let mut closed = Vec::new();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            match &self.nodes[at as usize] {
                Node::Split(a, b) => open.extend([*a, *b]),
                node @ (Node::Digit(_, next) | Node::Sign(_, next)) if passes(node) => {
                    open.push(*next);
                }
                _ => closed.push(at),
            }
        }
        closed.sort_unstable();
        closed
    }

    /// The closure of the nodes after those of `state` that read; `None` if there are none.
    pub(super) fn after(
        &self,
        state: &[u32],
        reads: impl Fn(&Node) -> bool,
        passes: impl Fn(&Node) -> bool,
    ) -> Option<Vec<u32>> {
        let nodes = state.iter().map(|at| &self.nodes[*at as usize]);
        let next = nodes
            .filter(|node| reads(node))
            .filter_map(|node| match node {
                Node::Digit(_, next) | Node::Sign(_, next) => Some(*next),
                Node::Split(..) | Node::End => None,
            });
        let closure = self.closure(next, passes);
        (!closure.is_empty()).then_some(closure)
    }

    /// Whether a number may end in a state.
    pub(super) fn accepts(&self, state: &[u32]) -> bool {
        // The end is the first node.
        state.first() == Some(&0)
    }

    /// The digits with the fewest signs between them with which the pattern allows them;
    /// `None` if it does not.
    pub(super) fn shortest(&self, digits: &[u8]) -> Option<String> {
        // From where each node was reached with so many digits read, the fewest signs first.
        let mut from: BTreeMap<(u32, usize), Option<(u32, usize)>> = BTreeMap::new();
        let mut open = VecDeque::from([((self.start, 0), None)]);
        while let Some((here, before)) = open.pop_front() {
            if from.contains_key(&here) {
                continue;
            }
            from.insert(here, before);
            let (at, read) = here;
            let back = Some(here);
            match &self.nodes[at as usize] {
                Node::End if read == digits.len() => return Some(self.spelt(&from, here, digits)),
                Node::End => {}
                Node::Split(a, b) => {
                    open.push_front(((*b, read), back));
                    open.push_front(((*a, read), back));
                }
                Node::Sign(_, next) => open.push_back(((*next, read), back)),
                Node::Digit(set, next) => {
                    if digits.get(read).is_some_and(|digit| set & 1 << digit != 0) {
                        open.push_front(((*next, read + 1), back));
                    }
                }
            }
        }
        None
    }

    /// What the nodes say on the way to `end`.
    fn spelt(
        &self,
        from: &BTreeMap<(u32, usize), Option<(u32, usize)>>,
        end: (u32, usize),
        digits: &[u8],
    ) -> String {
        let way = std::iter::successors(Some(end), |here| from.get(here).copied().flatten());
        let said = way.filter_map(|(at, read)| match &self.nodes[at as usize] {
            Node::Digit(..) => digits.get(read).map(|digit| char::from(b'0' + digit)),
            Node::Sign(sign, _) => Some(*sign),
            Node::Split(..) | Node::End => None,
        });
        let mut said: Vec<char> = said.collect();
        said.reverse();
        said.into_iter().collect()
    }
}
