//! Integral images: sums over upright boxes in four look-ups (`cv::integral`).

use crate::{GrayImage, Plane};

/// Fills `sums` with the integral image of `image`: one row and one column larger than the
/// picture, `sums[y][x]` is the sum of all pixels left of x and above y.
///
/// The sums wrap around at 2^32. A box sum, being a difference of four of them, is exact as long
/// as the box itself holds less than 2^31.
pub(crate) fn integral(image: &GrayImage, sums: &mut Plane<i32>) {
    let (width, height) = (image.width(), image.height());
    let stride = width + 1;
    sums.resize(stride, height + 1);
    let data = sums.data_mut();
    data[..stride].fill(0);
    for y in 0..height {
        let (above, row) = data[y * stride..(y + 2) * stride].split_at_mut(stride);
        row[0] = 0;
        let mut sum = 0i32;
        for ((out, &up), &pixel) in row[1..].iter_mut().zip(&above[1..]).zip(image.row(y)) {
            sum = sum.wrapping_add(i32::from(pixel));
            *out = up.wrapping_add(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_sum_is_four_look_ups() {
        let (width, height) = (13, 7);
        let pixels: Vec<u8> = (0..width * height).map(|i| (i * 37 % 251) as u8).collect();
        let image = GrayImage::from_vec(width, height, pixels).unwrap();
        let mut sums = Plane::new(1, 1);
        integral(&image, &mut sums);
        for (x0, y0, x1, y1) in [(0, 0, 13, 7), (2, 1, 9, 5), (12, 6, 13, 7), (3, 3, 3, 3)] {
            let direct: i32 = (y0..y1)
                .flat_map(|y| image.row(y)[x0..x1].iter())
                .map(|&v| i32::from(v))
                .sum();
            let at = |x: usize, y: usize| sums.row(y)[x];
            assert_eq!(at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0), direct);
        }
    }

    #[test]
    fn an_empty_picture_has_one_sum() {
        let mut sums = Plane::new(3, 3);
        integral(&GrayImage::new(0, 0), &mut sums);
        assert_eq!(sums.data(), [0]);
    }
}
