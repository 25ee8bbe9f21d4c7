//! MNIST and its file format: reading, verifying, splitting, augmenting, batching.
