//! Find a picture, and pictures like it, in your own collection.
