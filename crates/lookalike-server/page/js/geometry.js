// Homographies, row-major as the server gives them, on pixel centres: (0, 0) is the middle of the
// first pixel.

export function apply(h, [x, y]) {
  const w = h[6] * x + h[7] * y + h[8];
  return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w];
}

/// The way back, or null where there is none.
export function inverse(h) {
  const [a, b, c, d, e, f, g, i, j] = h;
  const cofactors = [
    e * j - f * i, c * i - b * j, b * f - c * e,
    f * g - d * j, a * j - c * g, c * d - a * f,
    d * i - e * g, b * g - a * i, a * e - b * d,
  ];
  const determinant = a * cofactors[0] + b * cofactors[3] + c * cofactors[6];
  if (!Number.isFinite(1 / determinant)) return null;
  return cofactors.map((value) => value / determinant);
}

/// First `b`, then `a`.
export function after(a, b) {
  const product = [];
  for (const row of [0, 3, 6]) {
    for (const column of [0, 1, 2]) {
      product.push(a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6]);
    }
  }
  return product;
}

/// From a picture's pixels to where it is shown, in CSS pixels.
export function toPlace({ x, y, width, height }, [pixelsWide, pixelsHigh]) {
  const [sx, sy] = [width / pixelsWide, height / pixelsHigh];
  return [sx, 0, x + sx / 2, 0, sy, y + sy / 2, 0, 0, 1];
}

/// The corners of a picture as another shows it; null where one lies behind the horizon.
export function outline(h, [width, height]) {
  const corners = [[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]];
  const depths = corners.map(([x, y]) => h[6] * x + h[7] * y + h[8]);
  const oneSided = depths.every((w) => w > 0) || depths.every((w) => w < 0);
  return oneSided ? corners.map((corner) => apply(h, corner)) : null;
}

/// As CSS writes it.
export function css(h) {
  const [a, b, c, d, e, f, g, i, j] = h.map((value) => value / h[8]);
  return `matrix3d(${[a, d, 0, g, b, e, 0, i, 0, 0, 1, 0, c, f, 0, j].join(",")})`;
}
