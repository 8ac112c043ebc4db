//! What KAZE and AKAZE share: a nonlinear scale space, grown by Fast Explicit Diffusion.
//!
//! Perona and Malik's diffusion smooths a picture, but less so across edges: every pixel has a
//! conductance between 0 and 1, which falls with the gradient. The pieces, in the order in which
//! a level is made: [`gaussian`] (5 and 9 taps), [`flow`] (Scharr gradient to conductance),
//! [`fed`] (the step sizes of Grewenig, Weickert, Bruhn: "From Box Filtering to Fast Explicit
//! Diffusion", DAGM 2010), [`diffuse`] (all of it in one sweep over the rows), and [`hessian`]
//! (derivatives at a scale and the determinant, which is the detector's response).
//!
//! Everything works on [`Rows`], planes whose rows are aligned and padded for SIMD.

pub(crate) mod contrast;
pub(crate) mod diffuse;
pub(crate) mod fed;
pub(crate) mod flow;
pub(crate) mod gaussian;
pub(crate) mod hessian;
pub(crate) mod lanes;
mod rows;

pub use flow::Diffusivity;
pub(crate) use rows::{Rows, reflect};
