//! From a plan to the layers of its training pass.

use super::{
    conv_norm::{ConvNormLayer, Stage},
    fuse::{Node, Nodes, fuse},
};
use crate::{
    architecture::{Architecture, ArchitectureError, PoolMode},
    columns::{Levels, Place},
    kernels::pool::PoolPlan,
    layers::{After, Site},
    pass::{BuildContext, Sequence, TrainLayer},
};

/// The training pass of `architecture`, and the widths of its maps.
pub(crate) fn build(
    architecture: &Architecture,
    context: &BuildContext<'_>,
) -> Result<(Sequence, Levels), ArchitectureError> {
    let steps = architecture.steps()?;
    let plan = fuse(architecture, &steps);
    let layers = Builder { context }.sequence(&plan.sequence);
    Ok((layers, plan.levels))
}

struct Builder<'a> {
    context: &'a BuildContext<'a>,
}

impl Builder<'_> {
    fn sequence(&self, sequence: &Nodes<'_>) -> Sequence {
        let mut built: Vec<(Box<dyn TrainLayer>, Place)> = Vec::new();
        let mut nodes = sequence.nodes.as_slice();
        while let Some((node, rest)) = nodes.split_first() {
            let (stages, output) = self.stages(&mut nodes);
            if let Some(output) = output {
                let layer = ConvNormLayer::new(stages, self.context.max_batch);
                built.push((Box::new(layer), output));
                continue;
            }
            nodes = rest;
            self.node(node, &mut built);
        }
        Sequence::new(built, sequence.input, self.context.max_batch)
    }

    /// Takes the convolutions that come first off `nodes`, each with its normalisation,
    /// up to one that pools; the map that they make if there are any.
    fn stages(&self, nodes: &mut &[Node<'_>]) -> (Vec<Stage>, Option<Place>) {
        let (mut stages, mut output) = (Vec::new(), None);
        while let Some((node, rest)) = nodes.split_first() {
            let Some(norm) = &node.norm else { break };
            let main = &node.main;
            let Some(conv) = main.step.definition.convolution(main, self.context) else {
                break;
            };
            let (after, made) = after(node, norm);
            let definition = &norm.step.definition;
            let Some(norm) = definition.normalisation(norm, after, made, self.context) else {
                break;
            };
            stages.push(Stage::new(conv, norm, self.context.max_batch));
            output = Some(made);
            *nodes = rest;
            if node.pool.is_some() {
                break;
            }
        }
        (stages, output)
    }

    /// A layer, and what it takes up on its own.
    fn node(&self, node: &Node<'_>, built: &mut Vec<(Box<dyn TrainLayer>, Place)>) {
        if self.normalisation(node, &node.main, built) {
            return;
        }
        let inner = node.inner.iter().map(|inner| self.sequence(inner));
        self.layer(&node.main, inner.collect(), built);
        match (&node.norm, &node.relu) {
            (Some(norm), _) => {
                self.normalisation(node, norm, built);
            }
            (None, Some(relu)) => self.layer(relu, Vec::new(), built),
            (None, None) => {}
        }
    }

    /// A normalisation with what the node takes up after it; whether it is one.
    fn normalisation(
        &self,
        node: &Node<'_>,
        norm: &Site<'_>,
        built: &mut Vec<(Box<dyn TrainLayer>, Place)>,
    ) -> bool {
        let (after, output) = after(node, norm);
        let definition = &norm.step.definition;
        let layer = definition.normalisation(norm, after, output, self.context);
        let found = layer.is_some();
        built.extend(layer.map(|layer| (Box::new(layer) as Box<dyn TrainLayer>, output)));
        found
    }

    fn layer(
        &self,
        site: &Site<'_>,
        inner: Vec<Sequence>,
        built: &mut Vec<(Box<dyn TrainLayer>, Place)>,
    ) {
        let layer = site.step.definition.train(site, inner, self.context);
        built.extend(layer.map(|layer| (layer, site.output)));
    }
}

/// What the normalisation `norm` of a node does besides, and the map that it makes.
fn after(node: &Node<'_>, norm: &Site<'_>) -> (After, Place) {
    let after = After {
        relu: node.relu.is_some(),
        pool: node.pool.as_ref().map(|pool| PoolPlan {
            input: pool.step.input,
            window: pool.step.window(),
            mode: PoolMode::Max,
        }),
    };
    let last = node.pool.as_ref().or(node.relu.as_ref()).unwrap_or(norm);
    (after, last.output)
}
