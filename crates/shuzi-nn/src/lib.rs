//! Neural networks on the CPU: architectures as data, training and inference.
