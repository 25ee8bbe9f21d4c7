//! A network's weights made ready for the kernels, shared by the plans for all widths.

use std::{collections::HashMap, sync::Arc};

use crate::{
    buffer::Buffer,
    kernels::{conv::ConvPlan, winograd::WinogradPlan},
};

/// What was made so far: by layer, one for each way to order its weights.
#[derive(Debug, Default)]
pub(crate) struct PackedWeights {
    direct: HashMap<String, Arc<Buffer>>,
    winograd: HashMap<String, Vec<(WinogradPlan, Arc<Buffer>)>>,
}

impl PackedWeights {
    /// The kernel of the layer at `path`; its order does not depend on the map.
    pub(crate) fn conv(&mut self, path: &str, plan: &ConvPlan, weights: &[f32]) -> Arc<Buffer> {
        if let Some(packed) = self.direct.get(path) {
            return Arc::clone(packed);
        }
        let mut packed = Buffer::zeros(plan.packed_len());
        plan.pack(weights, &mut packed);
        let packed = Arc::new(packed);
        self.direct.insert(path.to_owned(), Arc::clone(&packed));
        packed
    }

    /// The transformed kernel of the layer at `path`.
    pub(crate) fn winograd(
        &mut self,
        path: &str,
        plan: &WinogradPlan,
        weights: &[f32],
    ) -> Arc<Buffer> {
        let made = self.winograd.entry(path.to_owned()).or_default();
        let known = made.iter().find(|(other, _)| other.shares_weights(plan));
        if let Some((_, transformed)) = known {
            return Arc::clone(transformed);
        }
        let mut transformed = Buffer::zeros(plan.weights_len());
        plan.transform_kernel(weights, &mut transformed);
        let transformed = Arc::new(transformed);
        made.push((plan.clone(), Arc::clone(&transformed)));
        transformed
    }
}
