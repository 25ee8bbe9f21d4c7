//! Which layers are done together: once, for training and for inference.

use std::slice;

use crate::{
    architecture::{Architecture, Layer},
    columns::{Level, Levels, Place},
    layers::{Fusion, Site, Step},
};

/// A network as both executors see it.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) sequence: Nodes<'a>,
    pub(super) levels: Levels,
}

/// Layers in order, each with what it takes up of those that follow.
#[derive(Debug)]
pub(super) struct Nodes<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) input: Place,
    pub(super) output: Place,
}

/// A layer and what is done with it.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) main: Site<'a>,
    /// Sequences inside it.
    pub(super) inner: Vec<Nodes<'a>>,
    pub(super) norm: Option<Site<'a>>,
    pub(super) relu: Option<Site<'a>>,
    /// A max pooling that cuts the map in equal parts.
    pub(super) pool: Option<Site<'a>>,
}

/// Plans `architecture`, whose steps these are.
pub(super) fn fuse<'a>(architecture: &'a Architecture, steps: &'a [Step]) -> Plan<'a> {
    let mut fuser = Fuser {
        steps: steps.iter(),
        levels: Levels::new(architecture.input.width),
    };
    let input = Place {
        shape: architecture.input,
        level: Level::default(),
    };
    let sequence = fuser.sequence(&architecture.layers, input);
    Plan {
        sequence,
        levels: fuser.levels,
    }
}

/// Walks the layers again in the order of shape inference, so that each meets its own
/// step.
struct Fuser<'a> {
    steps: slice::Iter<'a, Step>,
    levels: Levels,
}

impl<'a> Fuser<'a> {
    fn sequence(&mut self, layers: &'a [Layer], input: Place) -> Nodes<'a> {
        let mut nodes = Vec::with_capacity(layers.len());
        let mut at = input;
        let mut layers = layers.iter();
        while let Some(layer) = layers.next() {
            let Some(main) = self.site(at) else { break };
            let mut inner = Vec::new();
            for layers in layer.kind.inner() {
                inner.push(self.sequence(layers, at));
            }
            at = main.output;
            if let Some(first) = inner.first() {
                at.level = first.output.level;
            }
            let mut node = Node {
                main: Site { output: at, ..main },
                inner,
                norm: None,
                relu: None,
                pool: None,
            };
            let kind = node.main.step.definition.fusion();
            let mut take = |fuser: &mut Self, wanted: Fusion| {
                let next = fuser.steps.as_slice().first()?;
                let fits = !layers.as_slice().is_empty()
                    && next.definition.fusion() == wanted
                    && (wanted != Fusion::MaxPool || next.window().partitions(next.input));
                if !fits {
                    return None;
                }
                layers.next();
                let site = fuser.site(at)?;
                at = site.output;
                Some(site)
            };
            if kind == Fusion::Convolution {
                node.norm = take(self, Fusion::Normalisation);
            }
            if matches!(
                kind,
                Fusion::Convolution | Fusion::Linear | Fusion::Normalisation
            ) {
                node.relu = take(self, Fusion::Relu);
            }
            if kind == Fusion::Normalisation || node.norm.is_some() {
                node.pool = take(self, Fusion::MaxPool);
            }
            nodes.push(node);
        }
        Nodes {
            nodes,
            input,
            output: at,
        }
    }

    /// The next layer on the map at `input`.
    fn site(&mut self, input: Place) -> Option<Site<'a>> {
        let step = self.steps.next()?;
        let widths = [step.input.width, step.output.width];
        let own_columns = |own| step.own_columns(own);
        Some(Site {
            step,
            input,
            output: Place {
                shape: step.output,
                level: self.levels.after(input.level, widths, own_columns),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Shape,
        architecture::{Activation, BatchNorm, Conv, LayerKind, Linear, Padding, Pool},
    };

    /// What each node takes up, in letters.
    fn taken(nodes: &Nodes<'_>) -> Vec<String> {
        let letters = |node: &Node<'_>| {
            let mut taken = node.main.step.path.clone();
            for (letter, site) in [("n", &node.norm), ("r", &node.relu), ("p", &node.pool)] {
                if site.is_some() {
                    taken += letter;
                }
            }
            taken
        };
        let mut all: Vec<String> = nodes.nodes.iter().map(letters).collect();
        let inner = nodes.nodes.iter().flat_map(|node| &node.inner);
        all.extend(inner.flat_map(taken));
        all
    }

    #[test]
    fn what_follows_is_taken_up_within_its_own_sequence() {
        let conv = || LayerKind::Conv(Conv::new(4, [3, 3]).padding(Padding::Same));
        let norm = || LayerKind::BatchNorm(BatchNorm::default());
        let relu = || LayerKind::Activation {
            function: Activation::Relu,
        };
        let pool = |size| LayerKind::Pool(Pool::max(size, size));
        let named = |prefix: &str, kinds: Vec<LayerKind>| {
            let name = |(i, kind)| Layer::new(format!("{prefix}{i}-"), kind);
            kinds.into_iter().enumerate().map(name).collect::<Vec<_>>()
        };
        let body = named("b", vec![conv(), norm()]);
        let layers = vec![
            conv(),
            norm(),
            relu(),
            pool(2),
            conv(),
            relu(),
            pool(1),
            norm(),
            pool(2),
            LayerKind::Residual { body, scale: 1.0 },
            relu(),
            norm(),
            relu(),
            pool(2),
            LayerKind::Flatten,
            LayerKind::Linear(Linear { out_features: 4 }),
            relu(),
        ];
        let architecture = Architecture {
            name: "all".into(),
            input: Shape::new(12, 12, 1),
            width: Default::default(),
            layers: named("l", layers),
        };
        let steps = architecture.steps().unwrap();
        let plan = fuse(&architecture, &steps);
        assert_eq!(
            taken(&plan.sequence),
            [
                "l0-nrp", "l4-r", "l6-", "l7-p", "l9-", "l10-", // the sum is no product
                "l11-r", "l13-", // 2×2 windows don't cut 3×3 in equal parts
                "l14-", "l15-r", "l9-.b0-n",
            ]
        );
    }
}
