//! Recipes, the training loop, checkpoints, history and evaluation.
