/** Scales whose parts are easily said. Knows nothing of the document. */

/** Octets in GiB, MiB and KiB. */
const UNITS = [1024 ** 3, 1024 ** 2, 1024];
/** Parts that a scale of octets may have; of two scales that end alike the first is taken. */
const PARTS = [4, 3, 2];

/** 1, 2 or 5 times a power of ten, not less than `value`. @param {number} value */
export function niceStep(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  const found = [1, 2, 5, 10].find((times) => times * power >= value - 1e-12) ?? 10;
  return found * power;
}

/** The lowest scale of octets, not below `value`, whose equal parts are easily said in some unit. @param {number} value */
export function scaleAbove(value) {
  const scales = PARTS.map((parts) => {
    const unit = UNITS.find((one) => niceStep(value / one / parts) >= 0.5) ?? 1;
    return { parts, top: niceStep(value / unit / parts) * parts * unit };
  });
  return scales.reduce((lowest, scale) => (scale.top < lowest.top ? scale : lowest));
}
