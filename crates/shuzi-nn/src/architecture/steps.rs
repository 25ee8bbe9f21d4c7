//! Shape inference, which also proves an architecture sound.

use std::{collections::HashSet, sync::Arc};

use super::Architecture;
use crate::{
    Shape,
    layers::{Layer, Step},
    spec::{ArchitectureError, Flow, check_size, value},
};

/// Deepest nesting of branches and bodies.
const MAX_DEPTH: usize = 16;

impl Architecture {
    /// Every layer with its shapes, containers before their contents.
    ///
    /// # Errors
    /// If any layer can't do its work on the shape that reaches it.
    pub fn steps(&self) -> Result<Vec<Step>, ArchitectureError> {
        if self.layers.is_empty() {
            return Err(ArchitectureError::Empty);
        }
        check_size(
            &self.name,
            "input",
            &[self.input.height, self.input.width, self.input.channels],
        )?;
        let mut walk = Walk::default();
        let input = Flow::of(self.input, self.width);
        walk.sequence(&self.layers, "", 0, &input)?;
        Ok(walk.steps)
    }

    /// Shape of the network's output.
    ///
    /// # Errors
    /// As [`Architecture::steps`].
    pub fn output(&self) -> Result<Shape, ArchitectureError> {
        let steps = self.steps()?;
        let last = steps.iter().rev().find(|step| step.depth == 0);
        Ok(last.map_or(self.input, |step| step.output))
    }
}

#[derive(Default)]
struct Walk {
    steps: Vec<Step>,
    names: HashSet<String>,
}

impl Walk {
    fn sequence(
        &mut self,
        layers: &[Layer],
        parent: &str,
        depth: usize,
        input: &Flow,
    ) -> Result<Flow, ArchitectureError> {
        let mut flow = input.clone();
        for layer in layers {
            flow = self.layer(layer, parent, depth, &flow)?;
        }
        Ok(flow)
    }

    fn layer(
        &mut self,
        layer: &Layer,
        parent: &str,
        depth: usize,
        input: &Flow,
    ) -> Result<Flow, ArchitectureError> {
        let path = if parent.is_empty() {
            layer.name.clone()
        } else {
            format!("{parent}.{}", layer.name)
        };
        if layer.name.is_empty() || layer.name.contains('.') {
            let expected = "not empty and without dots";
            return Err(value(&path, "name", expected, &layer.name));
        }
        if depth > MAX_DEPTH {
            return Err(value(&path, "nesting", "at most 16 deep", depth));
        }
        if !self.names.insert(path.clone()) {
            return Err(ArchitectureError::Duplicate(path));
        }
        let definition = layer.kind.definition();
        let slides = definition.sliding();
        if !input.width.is_fixed() && slides.is_some_and(|slides| slides.moves_with_width()) {
            let expected = "valid or explicit where a stride goes along a dynamic width";
            return Err(value(&path, "padding", expected, "same"));
        }
        let index = self.steps.len();
        self.steps.push(Step {
            path: path.clone(),
            input: input.shape,
            output: input.shape,
            input_maps: input.maps.clone(),
            depth,
            definition: Arc::clone(&definition),
        });
        let inner = layer
            .kind
            .inner()
            .into_iter()
            .map(|layers| self.sequence(layers, &path, depth + 1, input))
            .collect::<Result<Vec<_>, _>>()?;
        let output = definition.output(&path, input, &inner)?;
        self.steps[index].output = output.shape;
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{BatchNorm, Conv, LayerKind, Linear, Pool};

    fn error(layers: Vec<LayerKind>) -> String {
        let layers = layers.into_iter().enumerate();
        let architecture = Architecture {
            name: "test".into(),
            input: Shape::new(4, 4, 2),
            width: Default::default(),
            layers: layers
                .map(|(i, kind)| Layer::new(format!("l{i}"), kind))
                .collect(),
        };
        architecture
            .steps()
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn unsound_networks_are_refused_by_layer() {
        let conv = |kernel| LayerKind::Conv(Conv::new(3, [kernel; 2]));
        let grouped = LayerKind::DeformableConv(Conv {
            groups: 2,
            ..Conv::new(4, [1, 1])
        });
        for (layers, expected) in [
            (vec![], "no layers"),
            (vec![conv(5)], "l0: a kernel of 5 does not fit a map of 4"),
            (vec![conv(0)], "l0: kernel must be at least 1"),
            (
                vec![LayerKind::Flatten, conv(1)],
                "l1: input must be a map, got 1×1×32, a flattened map",
            ),
            (
                vec![LayerKind::Flatten, LayerKind::Pool(Pool::max(1, 1))],
                "l1: input must be a map",
            ),
            (vec![grouped], "l0: groups must be 1, got 2"),
            (vec![LayerKind::Linear(Linear { out_features: 3 })], "l0"),
        ] {
            let got = error(layers.clone());
            assert!(got.contains(expected), "{layers:?}: {got:?}");
        }
        // What does not look at neighbours may follow.
        let norm = LayerKind::BatchNorm(BatchNorm::default());
        let linear = LayerKind::Linear(Linear { out_features: 3 });
        assert_eq!(error(vec![LayerKind::Flatten, norm, linear, conv(1)]), "");
    }
}
