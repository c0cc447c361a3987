"""What runs around a model: checkpoints and process groups."""
