"""What Cadencia can be asked to do, one use case per file: load, decide, save."""
